/** Tests that bake applies the plan that it showed: plans as JSON, two people at two terminals, and plan files of every command. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putAmiParameter, readVersions } from '../../src/aws/parameters.ts';
import type { Session } from '../../src/aws/session.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { openSession } from '../../src/aws/session.ts';
import { anyone, stateOf } from '../support/account.ts';
import { bake, type Ran } from '../support/bake.ts';
import { exampleProject, readExample, snapshot } from '../support/project.ts';
import { atTerminal } from '../support/terminal.ts';

const STABLE = '/hpc/ami/stable/alinux2/x86_64/3.15.1';
/** The image that stable holds in the seeded account. */
const SEEDED = 'ami-00909c2f462ff8e3b';
const SECRET = 'hunter2-is-no-password';

let folder: string;
let sandbox: Sandbox;
let aws: Session;
let env: Record<string, string>;
beforeAll(async () => {
  const bakery = readExample('bakery.yaml').replace('mirrors-only', '${env:POLICY}');
  folder = exampleProject({ 'bakery.yaml': bakery });
  sandbox = await openSandbox({ state: stateOf(folder), rehearse: 'off' });
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials: anyone });
  env = {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    POLICY: SECRET,
  };
});
afterAll(async () => {
  aws.close();
  await sandbox.close();
  fs.rmSync(folder, { recursive: true });
});

const run = (...args: string[]): Promise<Ran> => bake(args, { cwd: folder, env });
const stable = async (): Promise<string[]> =>
  (await readVersions(aws, 'us-east-1', STABLE)).map(({ value }) => value);
const current = async (): Promise<string> => (await stable()).at(-1) ?? '';

async function saved(args: string[]): Promise<string> {
  const file = path.join(folder, 'plan.json');
  fs.rmSync(file, { force: true });
  const before = snapshot(folder, /^\.bakery/);
  const versions = await stable();
  const ran = await run(...args, '--out', 'plan.json');
  expect(ran.exitCode, `${args.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(1);
  // A plan writes its file and nothing else.
  expect(await stable()).toEqual(versions);
  expect(snapshot(folder, /^\.bakery|^plan\.json$/)).toEqual(before);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  const text = fs.readFileSync(file, 'utf8');
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(folder);
  return text;
}

describe('a plan file', () => {
  it('of the main job is applied as it is, and only once', async () => {
    await saved(['plan', '--os', 'alinux2', '--channel', 'candidate']);
    const ran = await run('run', '--plan', 'plan.json', '--json');
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ images: [{ outcome: 'baked' }] });
    const again = await run('run', '--plan', 'plan.json', '--json');
    expect(again.exitCode).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ errors: [{ code: 'PLAN_STALE' }] });
  });

  it.each([
    ['promote', ['promote', '--os', 'alinux2']],
    ['rollback', ['rollback', '--os', 'alinux2']],
    ['publish', ['publish', '--os', 'alinux2', '--image', 'NEWEST']],
  ])('of %s is applied as it is, and only once', async (command, words) => {
    const newest = (await readVersions(aws, 'us-east-1', STABLE.replace('stable', 'candidate'))).at(-1);
    const args = words.map((word) => (word === 'NEWEST' ? (newest?.value ?? '') : word));
    const plan = JSON.parse(await saved(args)) as { writes: { what: string; to: string }[] };
    const to = plan.writes.find(({ what }) => what.startsWith(STABLE))?.to;
    const before = await stable();
    const ran = await run(command, '--plan', 'plan.json', '--json');
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(await stable()).toEqual([...before, to]);
    expect((await run(command, '--plan', 'plan.json')).exitCode).toBe(1);
    expect(await stable()).toEqual([...before, to]);
  });

  it('of rotate, by channel and by map, is written as it is', async () => {
    const config = path.join(folder, 'clusters/prod.yaml');
    const original = fs.readFileSync(config, 'utf8');
    const older = (await stable()).findLast((value) => value !== SEEDED) ?? '';
    await putAmiParameter(aws, 'us-east-1', STABLE, SEEDED, 'another program');
    for (const args of [['rotate'], ['rotate', 'clusters', '--map', `${older}=${SEEDED}`]]) {
      fs.writeFileSync(config, original.replaceAll(/ami-[0-9a-f]{17}/g, older));
      const { writes } = JSON.parse(await saved(args)) as { writes: { what: string; to: string }[] };
      expect(writes.length).toBeGreaterThan(0);
      expect(writes[0]?.what).toMatch(/^clusters\/prod\.yaml:\d+:\d+ /);
      const ran = await run('rotate', '--plan', 'plan.json', '--json');
      expect(ran.exitCode, ran.stderr).toBe(0);
      for (const { to } of writes) expect(fs.readFileSync(config, 'utf8')).toContain(to);
      expect((await run('rotate', '--plan', 'plan.json')).exitCode).toBe(1);
    }
    fs.writeFileSync(config, original);
  });

  it('is refused when the channel has changed, and the difference is shown', async () => {
    await saved(['rollback', '--os', 'alinux2']);
    await putAmiParameter(aws, 'us-east-1', STABLE, await imageLike('f'), 'another program');
    const before = await stable();
    const ran = await run('rollback', '--plan', 'plan.json');
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toMatch(/PLAN_STALE[^]*\n {2}- \/hpc\/ami\/stable[^]*\n {2}\+ \/hpc\/ami\/stable/);
    expect(await stable()).toEqual(before);
  });

  it.each([
    [{ account: '999999999999' }, 'account'],
    [{ bake: '9.9.9' }, 'bake 9.9.9'],
    [{ regions: ['eu-west-1'] }, 'Region'],
    [{ period: '2020-01' }, 'refresh period'],
    [{ command: 'promote' }, 'command'],
  ])('is refused when it was made for %j', async (change, says) => {
    const plan = JSON.parse(await saved(['rollback', '--os', 'alinux2'])) as object;
    fs.writeFileSync(path.join(folder, 'plan.json'), JSON.stringify({ ...plan, ...change }));
    const before = await stable();
    const ran = await run('rollback', '--plan', 'plan.json');
    expect([ran.exitCode, ran.stderr]).toEqual([1, expect.stringContaining(says)]);
    expect(ran.stderr).toContain('PLAN_FOREIGN');
    expect(await stable()).toEqual(before);
  });

  it.each([
    [
      ['run', '--plan', 'plan.json', '--os', 'alinux2'],
      2,
      '--plan brings its own targets and options; found --os',
    ],
    [['rollback', '--plan', 'nowhere.json'], 2, 'nowhere.json'],
    [['rollback', '--plan', 'bakery.yaml'], 2, 'PLAN_UNREADABLE'],
  ])('is missing, unreadable or given with other options: %j reports it', async (args, exit, says) => {
    const ran = await run(...args);
    expect([ran.exitCode, ran.stderr]).toEqual([exit, expect.stringContaining(says)]);
  });
});

describe('two people at two terminals', () => {
  it('who answer yes to the same rollback move the channel back one step, and the second person gets a message', async () => {
    const pile = [SEEDED];
    for (const letter of ['b', 'c', 'd']) {
      const id = await imageLike(letter);
      await putAmiParameter(aws, 'us-east-1', STABLE, id, 'bake publish (run test)');
      pile.push(id);
    }
    const args = ['rollback', '--os', 'alinux2', '--no-rotate'];
    const [one, two] = [atTerminal(args, { cwd: folder, env }), atTerminal(args, { cwd: folder, env })];
    await Promise.all([one.until('[y/N]'), two.until('[y/N]')]);
    one.type('y\n');
    expect(await one.ended, one.screen()).toBe(0);
    expect(await current()).toBe(pile[2]);
    two.type('y\n');
    await two.until(/something changed[^]*\[y\/N\]/);
    two.type('n\n');
    expect(await two.ended, two.screen()).toBe(0);
    expect(two.screen()).toContain('nothing was written');
    expect(await current()).toBe(pile[2]);
  });

  it('change no channel with an empty answer, and a script without --yes is refused', async () => {
    const before = await stable();
    const person = atTerminal(['rollback', '--os', 'alinux2'], { cwd: folder, env });
    await person.until('[y/N]');
    person.type('\n');
    expect(await person.ended).toBe(0);
    expect(person.screen()).toContain('nothing was written');
    const script = await run('rollback', '--os', 'alinux2');
    expect([script.exitCode, script.stderr]).toEqual([2, expect.stringContaining('CONFIRMATION_REQUIRED')]);
    expect(script.stderr).toMatch(/--yes.*--out FILE.*bake rollback --plan FILE/);
    expect(await stable()).toEqual(before);
  });

  it.each(['n', ''])(
    'see the question and that nothing was written with --quiet, after %j',
    async (answer) => {
      const before = await stable();
      const person = atTerminal(['rollback', '--os', 'alinux2', '--quiet'], { cwd: folder, env });
      await person.until('[y/N]');
      person.type(`${answer}\n`);
      expect(await person.ended).toBe(0);
      expect(person.screen()).toContain('nothing was written');
      expect(await stable()).toEqual(before);
    },
  );
});

/** Makes another image that looks like one that bake made. */
async function imageLike(letter: string): Promise<string> {
  const { CopyImageCommand, CreateTagsCommand } = await import('@aws-sdk/client-ec2');
  const { untilAvailable } = await import('../../src/aws/images.ts');
  const ec2 = aws.ec2('us-east-1');
  const copied = await ec2.send(
    new CopyImageCommand({ SourceImageId: SEEDED, SourceRegion: 'us-east-1', Name: `bakery-${letter}` }),
  );
  const id = copied.ImageId ?? '';
  await ec2.send(
    new CreateTagsCommand({
      Resources: [id],
      Tags: [
        { Key: 'bakery:fingerprint', Value: `sha256:${letter}` },
        { Key: 'bakery:verify', Value: '5 passed, 0 failed, 0 skipped' },
      ],
    }),
  );
  await untilAvailable(aws, 'us-east-1', id, AbortSignal.timeout(10_000));
  return id;
}
