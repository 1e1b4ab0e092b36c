/**
 * Owns the measurement of a rehearsal: how long the example recipe takes, and how many processes each step starts, once
 * as it is and once with 200 more users, logs and repository files than a stock image has: both numbers must be equal.
 * Prints the Markdown table of docs/performance.md.
 *
 *   rm -rf .cache/bench/rehearsal && node scripts/build.mjs --entry bench/rehearsal.ts --out .cache/bench/rehearsal &&
 *     node .cache/bench/rehearsal/bake.js [--os ID] [--rootfs DIR] [--network NETNS] [--rounds N] [--smoke]
 *
 * Exit 1 where the rehearsal takes longer than its goal (not with --smoke) or a step starts more processes for more files.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { rehearse } from '../src/engines/rehearsal/rehearse.ts';
import type { RehearsalResult } from '../src/engines/rehearsal/contract.ts';
import { imageSteps } from '../src/image/steps.ts';
import { verifyRows } from '../src/image/verify.ts';
import { loadProject } from '../src/pipeline/project.ts';
import type { Job } from '../src/pipeline/world.ts';
import { packagePath } from '../src/util/package-path.ts';

const GOAL_MS = 10_000;
const SLOWEST = 10;
const MORE = `mkdir -p /home/u{1..200}/.ssh /etc/yum.repos.d /etc/apt/sources.list.d
touch /home/u{1..200}/.ssh/authorized_keys /var/log/x{1..200}.log /etc/yum.repos.d/x{1..200}.repo /etc/apt/sources.list.d/x{1..200}.list
`;

interface Script {
  name: string;
  text: string;
}

const { values } = parseArgs({
  options: {
    os: { type: 'string', default: 'ubuntu2204' },
    rootfs: { type: 'string' },
    network: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    smoke: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const job = await exampleJob(values.os);
  const { os, arch, parallelcluster } = job.target;
  const inputs = { ...job.image, os, arch, parallelcluster };
  const asScripts = (list: { id: string; script: string }[]): Script[] =>
    list.map(({ id, script }) => ({ name: id, text: script }));
  const steps = asScripts(imageSteps(inputs, job.templates));
  const rows = asScripts(verifyRows(inputs, job.templates));
  const times: number[] = [];
  const each = new Map<string, number>();
  for (let round = 0; round < (values.smoke ? 1 : Number(values.rounds)); round++) {
    const started = performance.now();
    let last = started;
    const all = [...steps.map(({ name }) => `step ${name}`), ...rows.map(({ name }) => `row ${name}`)];
    await run(job, [...steps, ...rows], (index) => {
      const key = all[index] ?? '';
      each.set(key, Math.min(each.get(key) ?? Infinity, performance.now() - last));
      last = performance.now();
    });
    times.push(performance.now() - started);
  }
  const plain = await startsOf(job, '', steps);
  const more = await startsOf(job, MORE, steps);
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
  if (best > GOAL_MS) process.stderr.write(`above the goal of ${GOAL_MS / 1000} s\n`);
  return grown.length > 0 || (best > GOAL_MS && !values.smoke) ? 1 : 0;
}

async function exampleJob(os: string): Promise<Job> {
  const selection = {
    os: [os],
    arch: 'x86_64',
    parallelcluster: undefined,
    regions: [],
    engine: undefined,
    recipe: undefined,
    channel: undefined,
    rebake: false,
  };
  const file = path.join(packagePath('examples'), 'bakery.yaml');
  const { jobs } = await loadProject(file, selection, {}, new Date());
  return jobs[0] as Job;
}

async function run(
  job: Job,
  scripts: Script[],
  onDone: (index: number) => void = () => {},
): Promise<RehearsalResult[]> {
  let done = 0;
  const { os, arch, parallelcluster } = job.target;
  const { results, isolation, why } = await rehearse({
    target: { os: os.id, arch, parallelcluster },
    rootfs: values.rootfs,
    network: values.network,
    scripts,
    keepGoing: true,
    onResult: () => onDone(done++),
  });
  if (isolation === 'none') throw new Error(`nothing was rehearsed: ${why}`);
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  // A fast failure is no result.
  if (failed.length > 0) throw new Error(failed.map(({ name, output }) => `${name}:\n${output}`).join('\n'));
  return results;
}

/** Process ids of a namespace are given out in order: the difference of two is how many processes were started. */
async function startsOf(job: Job, before: string, steps: Script[]): Promise<Map<string, number>> {
  const counter = (name: string): Script => ({ name: `pid ${name}`, text: 'echo "pid $BASHPID"' });
  const scripts = [
    { name: 'before', text: `${before}:` },
    counter('idle'),
    counter('first'),
    ...steps.flatMap((step) => [step, counter(step.name)]),
  ];
  const results = await run(job, scripts);
  const pids = results.flatMap(({ output }) => /^pid (\d+)$/m.exec(output)?.[1] ?? []).map(Number);
  const overhead = (pids[1] ?? 0) - (pids[0] ?? 0);
  const ran = new Set(results.filter(({ outcome }) => outcome === 'passed').map(({ name }) => name));
  return new Map(
    steps.flatMap(({ name }, at) =>
      ran.has(name) ? [[name, (pids[at + 2] ?? 0) - (pids[at + 1] ?? 0) - 2 * overhead] as const] : [],
    ),
  );
}
