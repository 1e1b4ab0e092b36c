/**
 * Tests what every engine must do: the same cases for Image Builder and for each Packer on this machine, with
 * the whole program against a served sandbox whose instances and builds really run.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findAmis, type Ami } from '../../src/aws/images.ts';
import {
  findLiveInstances,
  findKeyPairs,
  findLooseVolumes,
  findSecurityGroups,
  findSnapshots,
} from '../../src/aws/leftovers.ts';
import { readParameters } from '../../src/aws/parameters.ts';
import type { Session } from '../../src/aws/session.ts';
import type { RunResult } from '../../src/entries/result.ts';
import { checkOwner, signalTo, type Owner } from '../../src/util/owner.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { filesBelow } from '../assets/support/place.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { bake, startBake, type Ran } from '../support/bake.ts';
import { exampleProject } from '../support/project.ts';
import { packerEnvironment, packers, type SomePacker } from './packer.ts';

const OS = 'ubuntu2204';
const PARAMETER = '/hpc/ami/stable/ubuntu2204/x86_64/3.16.3';

type Engine = { title: string; id: 'imagebuilder' } | (SomePacker & { id: 'packer' });
const engines: Engine[] = [
  { title: 'imagebuilder', id: 'imagebuilder' },
  ...packers().map((one) => ({ ...one, id: 'packer' as const })),
];

let folder = 'none yet';
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** @param files of the project, beside a recipe of one script */
function project(engine: Engine, files: Record<string, string> = {}): void {
  const packer =
    engine.id === 'packer' ? `packer: { command: ${engine.command}, allowLegacy: ${engine.legacy} }\n` : '';
  folder = exampleProject({
    'bakery.yaml': `version: 1
defaults: { engine: ${engine.id}, recipe: recipes/standard.yaml }
targets: [{ os: ${OS} }]
builder: { tags: { FirewallPolicy: mirrors-only } }
${packer}`,
    'recipes/standard.yaml': `steps: [{ script: files/site.sh }, { packages: { install: [htop] } }]\nexpect: [{ command: test -e /etc/of-the-recipe, because: it was made }]\n`,
    'files/site.sh': 'touch /etc/of-the-recipe\n',
    ...files,
  });
}

function run(args: string[], more: Parameters<typeof bake>[1] = {}): Promise<Ran> {
  return bake([...args, '--sandbox'], { cwd: folder, ...more, env: packerEnvironment() });
}

/** Lists everything in the Region that a bake made, except images with a fingerprint and their parts. */
async function leftovers(aws: Session): Promise<string[]> {
  const region = 'us-east-1';
  const [instances, volumes, keys, groups, images, snapshots] = await Promise.all([
    findLiveInstances(aws, region, {}),
    findLooseVolumes(aws, region, {}),
    findKeyPairs(aws, region, { 'key-name': ['bakery-run-*'] }),
    findSecurityGroups(aws, region, { 'group-name': ['packer_*'] }),
    findAmis(aws, region, { owners: ['self'], filters: { name: ['bakery-*'] } }),
    findSnapshots(aws, region, { 'tag-key': ['bakery:run'] }),
  ]);
  const parts = new Set(
    images.filter(({ tags }) => tags['bakery:fingerprint']).flatMap((image) => image.snapshots),
  );
  return [
    ...instances.map(({ id, state }) => `${id} ${state}`),
    ...[...volumes, ...keys].map(({ id }) => id),
    ...groups.map(({ name }) => name),
    ...images.filter(({ tags }) => !tags['bakery:fingerprint']).map(({ id }) => id),
    ...snapshots.filter(({ id }) => !parts.has(id)).map(({ id }) => id),
  ];
}

async function baked(aws: Session, { images }: Pick<RunResult, 'images'>): Promise<Ami[]> {
  const filters = { 'tag:bakery:fingerprint': [images[0]?.fingerprint ?? ''] };
  return findAmis(aws, 'us-east-1', { owners: ['self'], filters });
}

describe.each(engines)('$title', (engine) => {
  it('makes one image with all tags, verified from inside; the second run changes nothing; bake verify agrees', async () => {
    project(engine);
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const first = await run(['--os', OS, '--json']);
      expect(first.exitCode, first.stderr + first.stdout).toBe(0);
      const result = JSON.parse(first.stdout) as RunResult;
      const [image, ...more] = await baked(aws, result);
      expect(more).toEqual([]);
      expect(result.images[0]).toMatchObject({ imageId: image?.id, outcome: 'baked', verify: { failed: 0 } });
      expect(result.images[0]?.verify.passed).toBeGreaterThan(5);
      // Build instances of the sandbox have no network: checks that need one are skipped with a reason, not passed.
      expect(result.images[0]?.verify.reasons?.join()).toContain('network');
      expect(image?.tags).toMatchObject({
        'parallelcluster:version': '3.16.3',
        'parallelcluster:os': OS,
        'parallelcluster:build_status': 'available',
        'bakery:run': result.run,
        'bakery:fingerprint': result.images[0]?.fingerprint,
        'bakery:recipe': 'recipes/standard.yaml',
        FirewallPolicy: 'mirrors-only',
      });
      expect(await leftovers(aws)).toEqual([]);
      const second = await run(['--os', OS, '--json']);
      expect((JSON.parse(second.stdout) as RunResult).images[0]).toMatchObject({
        outcome: 'unchanged',
        imageId: image?.id,
      });
      if (engine.id !== 'packer') return;
      const verified = await run(['verify', '--os', OS, '--json', '--junit', 'verify.xml']);
      expect(verified.exitCode, verified.stderr).toBe(0);
      expect(JSON.parse(verified.stdout)).toMatchObject({
        verified: [{ imageId: image?.id, verify: { passed: result.images[0]?.verify.passed, failed: 0 } }],
      });
      expect(fs.readFileSync(path.join(folder, 'verify.xml'), 'utf8')).toContain('<testsuite');
      expect(await leftovers(aws)).toEqual([]);
    });
  });

  it('brings an asset of 20 MiB to its step as a file; the image has it unchanged, and nothing else is left', async () => {
    const bytes = randomBytes(20 * 1024 * 1024);
    const digest = sha256(bytes);
    project(engine, {
      'recipes/standard.yaml':
        'steps: [assets]\nexpect: [{ command: "[ ! -e /opt/bakery/staging ]", because: nothing is there twice }]\n',
      'assets.yaml': `version: 1\nassets: [{ name: large, file: large.bin, sha256: ${digest}, path: /opt/site/large.bin, mode: "0600" }]\n`,
    });
    fs.writeFileSync(path.join(folder, 'large.bin'), bytes);
    fs.appendFileSync(
      path.join(folder, 'bakery.yaml'),
      'assets: assets.yaml\nstore: s3://bakery-111122223333/prod\n',
    );
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const ran = await run(['--os', OS, '--json']);
      expect(ran.exitCode, ran.stderr + ran.stdout).toBe(0);
      const runs = path.join(folder, '.bakery/runs');
      const verify = filesBelow(runs).find((one) => one.endsWith('/verify.json')) ?? '';
      const { rows } = JSON.parse(fs.readFileSync(path.join(runs, verify), 'utf8')) as {
        rows: { id: string; outcome: string; found: string }[];
      };
      expect(rows.find(({ id }) => id === 'asset-large')).toMatchObject({
        outcome: 'passed',
        found: `/opt/site/large.bin mode 600 sha256 ${digest}`,
      });
      expect(rows.filter(({ id, outcome }) => /^assets?-|^expect/.test(id) && outcome !== 'passed')).toEqual(
        [],
      );
      expect(await leftovers(aws)).toEqual([]);
    });
  });

  it('ends with the output of the step that failed, and leaves nothing', async () => {
    project(engine, { 'files/site.sh': 'echo the mirror is on fire\nexit 3\n' });
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const ran = await run(['--os', OS, '--json']);
      expect(ran.exitCode).toBe(4);
      const { errors } = JSON.parse(ran.stdout) as { errors: { code: string; message: string }[] };
      expect(errors).toMatchObject([{ code: 'BAKE_FAILED' }]);
      expect(errors[0]?.message).toContain('step script-site.sh');
      expect(errors[0]?.message).toContain('the mirror is on fire');
      expect(await leftovers(aws)).toEqual([]);
    });
  });

  it('does not publish an image with a failed row', async () => {
    project(engine, {
      'recipes/standard.yaml':
        'steps: [{ script: files/site.sh }]\nexpect: [{ command: test -e /etc/of-somebody-else, because: nobody made it }]\n',
    });
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const before = await readParameters(aws, 'us-east-1', [PARAMETER]);
      const ran = await run(['--os', OS, '--json']);
      expect(ran.exitCode).toBe(4);
      const { errors } = JSON.parse(ran.stdout) as { errors: { code: string; message: string }[] };
      expect(errors).toMatchObject([{ code: 'VERIFY_FAILED' }]);
      expect(errors[0]?.message).toContain('/etc/of-somebody-else');
      expect(await readParameters(aws, 'us-east-1', [PARAMETER])).toEqual(before);
      expect(await leftovers(aws)).toEqual([]);
    });
  });

  it('resumes after a kill -9 when the same command runs again, and makes one image', async () => {
    project(engine, { 'files/site.sh': 'touch /etc/of-the-recipe\nsleep 2\n' });
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const killer = new AbortController();
      const killed = run(['--os', OS, '--json'], { killed: killer.signal });
      await untilUnderWay(engine);
      killer.abort();
      expect((await killed).signal).toBe('SIGKILL');
      const again = await run(['--os', OS, '--json']);
      expect(again.exitCode, again.stderr + again.stdout).toBe(0);
      expect(await baked(aws, JSON.parse(again.stdout) as RunResult)).toHaveLength(1);
      expect(await leftovers(aws)).toEqual([]);
    });
  });
});

/** Waits until the build has started. */
async function untilUnderWay({ id }: Engine): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    await sleep(100);
    if (
      id === 'packer'
        ? logs().some((text) => text.includes('Connected to SSH'))
        : journals().includes('imageBuildVersionArn')
    )
      return;
  }
  throw new Error('it does not get under way');
}

function filesOfRuns(pattern: RegExp): string[] {
  const runs = path.join(folder, '.bakery/runs');
  if (!fs.existsSync(runs)) return [];
  return fs
    .readdirSync(runs, { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => fs.readFileSync(path.join(runs, file), 'utf8'));
}

const logs = (): string[] => filesOfRuns(/packer\/(image|second-boot)\.log$/);
const journals = (): string => filesOfRuns(/journal\.jsonl$/).join('');

describe.each(engines.filter((engine) => engine.id === 'packer'))('$title', (engine) => {
  it('leaves only what bake reap finds and removes when it is killed together with bake', async () => {
    project(engine, { 'files/site.sh': 'sleep 20\n' });
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const running = startBake(['--os', OS, '--json', '--sandbox'], {
        cwd: folder,
        env: packerEnvironment(),
      });
      await untilUnderWay(engine);
      // While the run holds its lease, reap removes nothing of it.
      expect(JSON.parse((await run(['reap', '--json', '--yes'])).stdout)).toEqual({ reaped: [] });
      // Stopped, so that it does not clean up after Packer. At its end Packer would clean up.
      process.kill(running.pid, 'SIGSTOP');
      const [pid = '{}'] = filesOfRuns(/image\.log\.pid$/);
      killTree(JSON.parse(pid) as Owner);
      process.kill(running.pid, 'SIGKILL');
      await running.ended;
      expect((await leftovers(aws)).length).toBeGreaterThanOrEqual(3);
      const reaped = await run(['reap', '--yes', '--json']);
      expect(reaped.exitCode, reaped.stderr).toBe(0);
      const { reaped: list } = JSON.parse(reaped.stdout) as { reaped: { kind: string; outcome: string }[] };
      expect(list.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(
        expect.arrayContaining(['instance removed', 'key pair removed', 'security group removed']),
      );
      expect(await leftovers(aws)).toEqual([]);
      expect(JSON.parse((await run(['reap', '--json', '--yes'])).stdout)).toEqual({ reaped: [] });
    });
  });

  it('cleans up after itself when bake alone gets kill -9, without another bake', async () => {
    project(engine, { 'files/site.sh': 'sleep 600\n' });
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const killer = new AbortController();
      const killed = run(['--os', OS, '--json'], { killed: killer.signal });
      await untilUnderWay(engine);
      const [note = '{}'] = filesOfRuns(/image\.log\.pid$/);
      killer.abort();
      expect((await killed).signal).toBe('SIGKILL');
      while (checkOwner(JSON.parse(note) as Owner) === 'alive') await sleep(100);
      expect(await leftovers(aws)).toEqual([]);
    });
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('cleans up after itself on %s', async (signal) => {
    project(engine, { 'files/site.sh': 'sleep 20\n' });
    await withAccount({ state: stateOf(folder) }, async (aws) => {
      const running = startBake(['--os', OS, '--json', '--sandbox'], {
        cwd: folder,
        env: packerEnvironment(),
      });
      await untilUnderWay(engine);
      process.kill(running.pid, signal);
      expect((await running.ended).exitCode).toBe(130);
      for (let tries = 0; tries < 100 && (await leftovers(aws)).length > 0; tries++) await sleep(200);
      expect(await leftovers(aws)).toEqual([]);
    });
  });
});

/** Kills Packer, a small tree of processes: the one that was started, a second Packer below it, and its plug-ins. */
function killTree(owner: Owner): void {
  const children = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2] === String(owner.pid)
        );
      } catch {
        return false;
      }
    });
  signalTo(owner, 'SIGKILL');
  for (const pid of children) if (Number(pid) !== owner.pid) process.kill(Number(pid), 'SIGKILL');
}
