/** Tests bake publish, promote and rollback on the command line: one JSON document, exit codes, rotated configs. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParameterEntry, RotatedEntry } from '../../src/entries/result.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { stateOf } from '../support/account.ts';
import { bake } from '../support/bake.ts';
import { exampleProject, readExample } from '../support/project.ts';

/** The image in stable in the seeded account, and the one before it. */
const SEEDED = 'ami-00909c2f462ff8e3b';

let folder: string;
beforeAll(() => {
  folder = exampleProject();
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

interface Document {
  parameters: ParameterEntry[];
  rotated: RotatedEntry[];
  errors: { code: string; hint: string }[];
  images: Record<string, unknown>[];
}

async function json(args: string[], exit = 0): Promise<Document> {
  const ran = await bake([...args, '--os', 'alinux2', '--sandbox', '--json'], { cwd: folder });
  expect(ran.exitCode, ran.stderr).toBe(exit);
  expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(ran.stdout) as Document;
}

describe('channels on the command line', () => {
  it.each([
    ['--channel candidate', '', ['run', '--channel', 'candidate']],
    ['publish.channel', 'publish: { channel: candidate }\n', ['run']],
    ['publish --channel', '', ['publish', '--channel', 'canary', '--unverified', '--yes']],
    ['both', 'publish: { channel: canary }\n', ['run', '--channel', 'candidate']],
  ])('an image in another channel than stable reaches no cluster (%s)', async (_, setting, args) => {
    const own = exampleProject({
      'bakery.yaml': readExample('bakery.yaml').replace(/^publish:\n(?: .*\n)+/m, setting),
    });
    const config = path.join(own, 'clusters/prod.yaml');
    const before = fs.readFileSync(config, 'utf8');
    const ran = await bake([...args, '--os', 'alinux2', '--sandbox', '--json'], { cwd: own });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect((JSON.parse(ran.stdout) as Document).parameters[0]?.name).toMatch(/candidate|canary/);
    expect(fs.readFileSync(config, 'utf8')).toBe(before);
    fs.rmSync(own, { recursive: true });
  });

  it('a baked image stays in candidate until it is promoted, and one command rolls it back', async () => {
    const config = path.join(folder, 'clusters/prod.yaml');
    const before = fs.readFileSync(config, 'utf8');
    const baked = await json(['run', '--channel', 'candidate']);
    const id = baked.parameters[0]?.value;
    expect(fs.readFileSync(config, 'utf8')).toBe(before);

    const promoted = await json(['promote', '--yes']);
    expect(promoted.parameters).toEqual([
      {
        region: 'us-east-1',
        name: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
        value: id,
        previous: SEEDED,
      },
    ]);
    expect(promoted.rotated.map(({ from, to }) => [from, to])).toContainEqual([SEEDED, id]);
    expect(fs.readFileSync(config, 'utf8')).toContain(`CustomAmi: ${id}`);

    const { images } = await json(['images']);
    expect(images).toContainEqual(
      expect.objectContaining({
        imageId: id,
        channel: 'candidate,stable',
        channels: [
          { channel: 'candidate', previous: null },
          { channel: 'stable', previous: SEEDED },
        ],
        protected: true,
        deprecatedAt: null,
      }),
    );
    expect(images).toContainEqual(
      expect.objectContaining({ imageId: SEEDED, channel: null, deprecatedAt: expect.any(String) }),
    );

    const listed = await bake(['images', '--os', 'alinux2', '--sandbox'], { cwd: folder });
    expect(listed.stdout).toContain(`candidate: -, stable: ${SEEDED}`);

    await json(['rollback', '--yes']);
    expect(fs.readFileSync(config, 'utf8')).toBe(before);
    // A later run finds the withdrawn image in candidate, and leaves the clusters at the image that they were moved back to.
    expect((await json(['run', '--channel', 'candidate'])).rotated).toEqual([]);
    expect(fs.readFileSync(config, 'utf8')).toBe(before);
    expect((await json(['promote', '--yes'], 2)).errors[0]).toMatchObject({ code: 'IMAGE_WITHDRAWN' });
  }, 60_000);

  it('an error of one target does not hide the results of another, and notifications are sent', async () => {
    const notify = '\nnotify: { sns: "arn:aws:sns:us-east-1:111122223333:bakery", on: [published] }\n';
    const bakery =
      readExample('bakery.yaml')
        .replace(/(base: )ami-\w+/, '$1ami-0123456789abcdef0')
        .replace('# channel: stable', 'channel: candidate') + notify;
    const at = exampleProject({ 'bakery.yaml': bakery });
    const sandbox = await openSandbox({ state: stateOf(at), rehearse: 'off' });
    const env = {
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    const run = (...args: string[]) => bake(args, { cwd: at, env });
    const both = ['--os', 'alinux2', '--os', 'ubuntu2204', '--arch', 'x86_64'];
    const told = async (): Promise<string> => (await fetch(`${sandbox.endpoint}/_sandbox/messages`)).text();
    try {
      const job = ['--os', 'alinux2', '--os', 'rocky9', '--channel', 'candidate'];
      const plan = await run('plan', ...job, '--json');
      expect(JSON.parse(plan.stdout)).toMatchObject({ errors: [{}], images: [{ outcome: 'would-bake' }] });
      const baked = await run('run', ...job, '--json');
      expect([plan.exitCode, baked.exitCode], baked.stderr).toEqual([4, 4]);
      expect(baked.stdout.trimEnd().split('\n')).toHaveLength(1);
      expect(JSON.parse(baked.stdout)).toMatchObject({
        errors: [{ message: expect.stringContaining('ami-0123456789abcdef0') as string }],
        images: [{ os: 'alinux2', outcome: 'baked' }],
        parameters: [{ name: '/hpc/ami/candidate/alinux2/x86_64/3.15.1' }],
        rotated: [{}, {}],
        unresolved: expect.any(Array) as unknown[],
      });

      const promoted = await run('promote', ...both, '--json', '--no-rotate', '--yes');
      expect(promoted.exitCode).toBe(2);
      expect(promoted.stdout.trimEnd().split('\n')).toHaveLength(1);
      const { parameters, errors } = JSON.parse(promoted.stdout) as Document;
      expect(errors).toMatchObject([{ code: 'CHANNEL_EMPTY' }]);
      expect(parameters).toMatchObject([{ previous: SEEDED }]);
      expect(await told()).toContain(`is now ${parameters[0]?.value}`);

      const again = await run('promote', ...both, '--no-rotate', '--yes');
      expect(again.exitCode).toBe(2);
      expect(again.stdout).toContain('= already');
      expect(again.stderr).toContain('CHANNEL_EMPTY');
      // A failed target has no result.
      const none = await run('promote', '--os', 'ubuntu2204', '--json', '--yes');
      expect(Object.keys(JSON.parse(none.stdout) as object)).toEqual(['errors']);
    } finally {
      await sandbox.close();
      fs.rmSync(at, { recursive: true });
    }
  }, 60_000);

  it.each([
    [['promote', '--from', 'stable'], '--from and --to are both stable'],
    [['rollback', '--to', 'stable'], '--to: expected how many images back'],
    [['publish', '--image', 'ami-1'], '--image: expected ami- and 8 or 17 hex digits'],
    [['publish', '--channel', 'lock'], '--channel: expected letters'],
  ])('bake %s is rejected before any call', async (args, message) => {
    const ran = await bake([...args, '--os', 'alinux2', '--sandbox'], { cwd: folder });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});
