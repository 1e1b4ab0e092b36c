/**
 * Measures a rehearsal: how long the example recipe takes, and how many processes each step starts. It counts processes in a
 * stock image and in one with 200 more users, logs and repository files: both counts must be equal. Prints the Markdown table
 * of docs/performance.md.
 *
 *   npm run bench:rehearsal [-- [--os ID] [--rounds N] [--smoke]]
 *
 * With --lab (which that command sets; needs root) it rehearses on a prepared root filesystem with the lab's mirror
 * (test/lab/support/lab.ts). Without it, it uses the root filesystem of this machine and leaves out what needs a mirror.
 * Exits with 1 when a rehearsal in the lab takes longer than its goal (not with --smoke), or when a step starts more processes
 * for more files.
 */
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { rehearse, scriptOf } from '../src/engines/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../src/engines/rehearsal/contract.ts';
import { imageSteps } from '../src/image/steps.ts';
import { verifyRows } from '../src/image/verify.ts';
import { findOs } from '../src/os/index.ts';
import { loadProject } from '../src/pipeline/project.ts';
import type { Job } from '../src/pipeline/world.ts';
import { packagePath } from '../src/util/package-path.ts';
import { openLab, parallelcluster as version, rootOf, type Lab } from '../test/lab/support/lab.ts';

const GOAL_MS = 10_000;
const SLOWEST = 10;
const MORE = `mkdir -p /home/u{1..200}/.ssh /etc/yum.repos.d /etc/apt/sources.list.d
touch /home/u{1..200}/.ssh/authorized_keys /var/log/x{1..200}.log /etc/yum.repos.d/x{1..200}.repo /etc/apt/sources.list.d/x{1..200}.list
`;

/** The root filesystem of the rehearsal. Empty: that of this machine, without a network. */
interface Where {
  rootfs?: string;
  network?: string;
}

interface Script {
  name: string;
  text: string;
}

const { values } = parseArgs({
  options: {
    os: { type: 'string', default: 'ubuntu2204' },
    lab: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    smoke: { type: 'boolean', default: false },
  },
});

void main().then((code) => (process.exitCode = code));

async function main(): Promise<number> {
  if (!values.lab) return measure(await exampleJob(packagePath('examples')));
  const lab = await openLab();
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'bake-bench-'));
  try {
    await exampleForLab(folder, lab);
    return await measure(await exampleJob(folder), { rootfs: await rootOf(values.os), network: lab.network });
  } finally {
    await fs.rm(folder, { recursive: true });
    await lab.close();
  }
}

/** The example, with the lab's certificate and key, and a package that the lab's mirror has. */
async function exampleForLab(folder: string, lab: Lab): Promise<void> {
  await fs.cp(packagePath('examples'), folder, { recursive: true });
  await fs.writeFile(path.join(folder, 'certs', 'corp-root.pem'), lab.caPem);
  await fs.copyFile(lab.keyFile, path.join(folder, 'lab.asc'));
  await edit(path.join(folder, 'bakery.yaml'), (bakery) => {
    const repos = Object.fromEntries(
      (findOs(values.os)?.repositories ?? []).map(({ id }) => [id, { gpgKey: 'lab.asc' }]),
    );
    bakery.mirrors = { ...bakery.mirrors, repos };
    // The lab's CA is valid for two weeks.
    bakery.image = { ...bakery.image, lifeDays: 10 };
    bakery.targets = [{ os: values.os, parallelcluster: version }];
  });
  await edit(path.join(folder, 'recipe.yaml'), (recipe) => {
    recipe.steps = recipe.steps.map((step) =>
      typeof step === 'object' && step.packages
        ? { packages: { ...step.packages, install: ['lab-hello'] } }
        : step,
    );
  });
}

/** The parts of the two files that are changed here. */
interface Edited {
  mirrors: object;
  image: object;
  targets: object[];
  steps: (string | { packages?: object })[];
}

async function edit(file: string, change: (content: Edited) => void): Promise<void> {
  const content = parse(await fs.readFile(file, 'utf8')) as Edited;
  change(content);
  await fs.writeFile(file, stringify(content));
}

async function measure(job: Job, where: Where = {}): Promise<number> {
  const { os } = job.target;
  const steps = imageSteps(job.parts, job.templates).map(scriptOf);
  const rows = verifyRows(job.parts, job.templates).map(scriptOf);
  const times: number[] = [];
  const each = new Map<string, number>();
  for (let round = 0; round < (values.smoke ? 1 : Number(values.rounds)); round++) {
    const started = performance.now();
    let last = started;
    const all = [...steps.map(({ name }) => `step ${name}`), ...rows.map(({ name }) => `row ${name}`)];
    await run(job, where, [...steps, ...rows], (index) => {
      const key = all[index] ?? '';
      each.set(key, Math.min(each.get(key) ?? Infinity, performance.now() - last));
      last = performance.now();
    });
    times.push(performance.now() - started);
  }
  const plain = await startsOf(job, where, '', steps);
  const more = await startsOf(job, where, MORE, steps);
  const best = Math.min(...times);
  const grown = steps.filter(({ name }) => plain.get(name) !== more.get(name)).map(({ name }) => name);
  process.stdout.write(
    `${[
      `${os.id}: ${steps.length} steps and ${rows.length} rows in ${(best / 1000).toFixed(1)} s (best of ${times.length})`,
      '',
      '| step | processes started | with 200 more files of each kind |',
      '| --- | --- | --- |',
      ...steps.map(
        ({ name }) => `| ${name} | ${plain.get(name) ?? 'skipped'} | ${more.get(name) ?? 'skipped'} |`,
      ),
      '',
      '| slowest | ms |',
      '| --- | --- |',
      ...[...each]
        .sort(([, a], [, b]) => b - a)
        .slice(0, SLOWEST)
        .map(([name, ms]) => `| ${name} | ${ms.toFixed(0)} |`),
    ].join('\n')}\n`,
  );
  if (grown.length > 0) process.stderr.write(`more processes for more files: ${grown.join(', ')}\n`);
  if (best > GOAL_MS && values.lab) process.stderr.write(`above the goal of ${GOAL_MS / 1000} s\n`);
  return grown.length > 0 || (best > GOAL_MS && values.lab && !values.smoke) ? 1 : 0;
}

async function exampleJob(folder: string): Promise<Job> {
  const selection = {
    os: [values.os],
    arch: 'x86_64',
    parallelcluster: undefined,
    regions: [],
    engine: undefined,
    recipe: undefined,
    channel: undefined,
    rebake: false,
  };
  const { jobs } = await loadProject(path.join(folder, 'bakery.yaml'), selection, {}, new Date());
  return jobs[0] as Job;
}

async function run(
  job: Job,
  where: Where,
  scripts: Script[],
  onDone: (index: number) => void = () => {},
): Promise<RehearsalResult[]> {
  let done = 0;
  const { os, arch, parallelcluster } = job.target;
  const { results, isolation, why } = await rehearse({
    target: { os: os.id, arch, parallelcluster },
    ...where,
    scripts,
    keepGoing: true,
    onResult: () => onDone(done++),
  });
  if (isolation === 'none') throw new Error(`nothing was rehearsed: ${why}`);
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  // A rehearsal that fails early says nothing about speed.
  if (failed.length > 0) throw new Error(failed.map(({ name, output }) => `${name}:\n${output}`).join('\n'));
  return results;
}

/** A namespace numbers its processes in order: the difference of two ids is the number of processes between them. */
async function startsOf(
  job: Job,
  where: Where,
  before: string,
  steps: Script[],
): Promise<Map<string, number>> {
  const counter = (name: string): Script => ({ name: `pid ${name}`, text: 'echo "pid $BASHPID"' });
  const scripts = [
    { name: 'before', text: `${before}:` },
    counter('idle'),
    counter('first'),
    ...steps.flatMap((step) => [step, counter(step.name)]),
  ];
  const results = await run(job, where, scripts);
  const pids = results.flatMap(({ output }) => /^pid (\d+)$/m.exec(output)?.[1] ?? []).map(Number);
  const overhead = (pids[1] ?? 0) - (pids[0] ?? 0);
  const ran = new Set(results.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name));
  return new Map(
    steps.flatMap(({ name }, at) =>
      ran.has(name) ? [[name, (pids[at + 2] ?? 0) - (pids[at + 1] ?? 0) - 2 * overhead] as const] : [],
    ),
  );
}
