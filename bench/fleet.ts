/**
 * Measures a whole fleet: 12 targets in 3 Regions on the sandbox. Builds, tests and copies take as long as those of AWS, 600
 * times faster, and run no script. What remains is bake's own work: orchestration, polling, calls.
 *
 *   npm run bench:fleet [-- [--faults] [--rounds N] [--smoke]]
 *
 * Prints the wall time as a ratio to the longest chain (one target alone in the same Regions) and as a ratio to the time that
 * AWS itself takes in that chain (a build, its test, its distribution, one copy), and the calls by operation. With --faults, a
 * fifth of all requests is throttled, fails or loses its answer. Exits with 1 when an image is missing, when there is one too
 * many, or when the time is above its goal (not with --smoke or --faults).
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { openSession } from '../src/aws/session.ts';
import type { RunResult } from '../src/entries/result.ts';
import { AWS_MINUTES } from '../src/sandbox/faults.ts';
import { openSandbox } from '../src/sandbox/open.ts';
import { packagePath } from '../src/util/package-path.ts';

const TIMES = 600;
const GOAL = 1.15;
const OSES = ['alinux2', 'alinux2023', 'ubuntu2204', 'ubuntu2404', 'rhel8', 'rhel9'];
const REGIONS = ['us-east-1', 'eu-west-1', 'eu-central-1'];
const FAULTS = { throttle: 0.1, serverError: 0.05, lostAnswer: 0.05 };
const KEYS = { accessKeyId: 'bench', secretAccessKey: 'bench' };
const BAKERY = {
  version: 1,
  defaults: { recipe: 'recipe.yaml', regions: REGIONS },
  targets: OSES.map((os) => ({ os, arch: ['x86_64', 'arm64'] })),
  publish: { channel: 'stable' },
};
const RECIPE = { steps: [{ packages: { upgrade: 'security' } }, 'hygiene'] };

const { values } = parseArgs({
  options: {
    faults: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    smoke: { type: 'boolean', default: false },
    serve: { type: 'string' },
  },
});

if (values.serve === undefined) void main().then((code) => (process.exitCode = code));
else void serve(values.serve);

async function main(): Promise<number> {
  const chainMs = (Object.values(AWS_MINUTES).reduce((sum, each) => sum + each, 0) * 60_000) / TIMES;
  const [alone, rounds]: [Round[], Round[]] = [[], []];
  for (let at = 0; at < (values.smoke ? 1 : Number(values.rounds)); at++) {
    alone.push(await round(['--os', OSES[0] ?? '', '--arch', 'x86_64']));
    rounds.push(await round(['--all']));
  }
  const [[best], [chain]] = [rounds, alone].map((list) => list.toSorted((a, b) => a.ms - b.ms)) as [
    [Round],
    [Round],
  ];
  const ratio = best.ms / chain.ms;
  const images = OSES.length * 2 * REGIONS.length;
  const total = Object.values(best.calls).reduce((sum, each) => sum + each, 0);
  process.stdout.write(
    `${[
      `${OSES.length * 2} targets in ${REGIONS.length} Regions${values.faults ? ', a fifth of the requests fail' : ''}: ${seconds(best.ms)}, ${ratio.toFixed(2)} × one target alone (${seconds(chain.ms)}), ${(best.ms / chainMs).toFixed(2)} × AWS's own time in that (${seconds(chainMs)}), best of ${rounds.length}`,
      `${total} calls, ${(total / images).toFixed(0)} an image; images: ${best.images} of ${images}, left over: ${best.leftOver}`,
      '',
      '| call | times |',
      '| --- | --- |',
      ...Object.entries(best.calls)
        .sort(([, a], [, b]) => b - a)
        .map(([call, times]) => `| ${call} | ${times} |`),
    ].join('\n')}\n`,
  );
  const whole = rounds.every((each) => each.images === images && each.leftOver === 0);
  if (!whole) process.stderr.write('an image is missing, or there is one too many\n');
  const late = ratio > GOAL && !values.faults && !values.smoke;
  if (late) process.stderr.write(`above the goal of ${GOAL} × the longest chain\n`);
  return whole && !late ? 0 : 1;
}

interface Round {
  ms: number;
  calls: Record<string, number>;
  /** Published images in all Regions. */
  images: number;
  /** Images of bake that no parameter refers to. */
  leftOver: number;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

async function round(targets: readonly string[]): Promise<Round> {
  // In memory where possible: the bench does not measure disks.
  const folder = await fs.mkdtemp(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bake-fleet-'));
  // A process of its own, because AWS does not share bake's CPU.
  const server = spawn(process.execPath, [process.argv[1] ?? '', '--serve', path.join(folder, 'state')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const endpoint = await new Promise<string>((resolve, reject) => {
      server.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
      server.once('exit', () => reject(new Error('the sandbox did not start')));
    });
    await fs.writeFile(path.join(folder, 'bakery.yaml'), JSON.stringify(BAKERY));
    await fs.writeFile(path.join(folder, 'recipe.yaml'), JSON.stringify(RECIPE));
    const faults = { awsTimes: TIMES, ...(values.faults ? FAULTS : {}) };
    await fetch(`${endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) });
    const started = performance.now();
    const result = await bake(folder, endpoint, targets);
    const ms = performance.now() - started;
    const calls = (await (await fetch(`${endpoint}/_sandbox/calls`)).json()) as Record<string, number>;
    await fetch(`${endpoint}/_sandbox/faults`, { method: 'POST', body: '{}' });
    const published = new Set(result.parameters.map(({ value }) => value));
    return { ms, calls, images: published.size, leftOver: await strays(endpoint, published) };
  } finally {
    server.stdin.end();
    await new Promise((resolve) => server.once('close', resolve));
    await fs.rm(folder, { recursive: true, force: true });
  }
}

function bake(folder: string, endpoint: string, targets: readonly string[]): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [packagePath('dist', 'bake.js'), 'run', ...targets, '--json', '--quiet'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          AWS_ENDPOINT_URL: endpoint,
          AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        },
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as RunResult);
      else reject(new Error(`bake ended with ${code}: ${out.slice(0, 2000)} ${err.slice(-2000)}`));
    });
  });
}

async function strays(endpoint: string, published: ReadonlySet<string | null>): Promise<number> {
  const aws = openSession({ endpoint, credentials: KEYS, env: {} });
  const found = await Promise.all(
    REGIONS.map(async (region) => {
      const run = { Owners: ['self'], Filters: [{ Name: 'tag-key', Values: ['bakery:run'] }] };
      const { Images } = await aws.ec2(region).send(new DescribeImagesCommand(run));
      // The seeded account has older images, which this run did not make.
      return (Images ?? []).filter(
        ({ ImageId, CreationDate }) => isNew(CreationDate) && !published.has(ImageId ?? ''),
      );
    }),
  );
  aws.close();
  return found.flat().length;
}

function isNew(date: string | undefined): boolean {
  return Date.now() - Date.parse(date ?? '') < 3600_000;
}

async function serve(state: string): Promise<void> {
  const sandbox = await openSandbox({ state, rehearse: 'off' });
  process.stdout.write(`${sandbox.endpoint}\n`);
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
  await sandbox.close();
}
