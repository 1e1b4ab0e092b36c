/** Tests `bake rotate` as a user types it: by map without AWS, by channel in the sandbox, and `--where-used`. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RotatedEntry, UnresolvedEntry, UpdateEntry } from '../../src/entries/result.ts';
import type { UsedEntry } from '../../src/rotate/where-used.ts';
import { bake, type Ran } from '../support/bake.ts';
import { emptyFolder, exampleProject, readExample, snapshot } from '../support/project.ts';

/** The image that stable holds in the seeded account, and the one before it. */
const SEEDED = 'ami-00909c2f462ff8e3b';
const BEFORE = 'ami-012c8365b535ed6bb';
/** An image that no account has. */
const GONE = 'ami-0dead0000000beef0';
const FRESH = 'ami-0aaaaaaaaaaaaaaaa';

interface Document {
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
  updates: UpdateEntry[];
  references: UsedEntry[];
  errors: { code: string; file: string }[];
  diff: string;
}

function documentOf({ stdout, stderr, exitCode }: Ran, exit: number): Document {
  expect(exitCode, stderr).toBe(exit);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as Document;
}

const queue = (id: string, comment = '') =>
  `Region: us-east-1\nScheduling:\n  SlurmQueues:\n    - Name: a\n      Image:\n        CustomAmi: ${id}${comment}\n`;

describe('without AWS and without bakery.yaml', () => {
  let folder: string;
  beforeAll(() => {
    folder = emptyFolder();
    fs.mkdirSync(path.join(folder, 'clusters'));
    fs.writeFileSync(path.join(folder, 'clusters', 'a.yaml'), readExample('clusters/prod.yaml'));
    fs.writeFileSync(path.join(folder, 'map.csv'), `old,new\n${SEEDED},${FRESH}\n`);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  const run = (...args: string[]) => bake(['rotate', ...args], { cwd: folder });

  it('a map is checked, shown as a diff and applied; then nothing is left to do', async () => {
    const before = snapshot(folder);
    const checked = documentOf(await run('clusters', '--map', 'map.csv', '--check', '--json'), 1);
    expect(checked.rotated.map(({ file, line, scope, to }) => [file, line, scope, to])).toEqual([
      ['clusters/a.yaml', 4, 'root', FRESH],
      ['clusters/a.yaml', 17, 'queue', FRESH],
      ['clusters/a.yaml', 29, 'queue', FRESH],
    ]);
    expect(checked.updates.map(({ line, effect }) => [line, effect])).toEqual([
      [4, 'impossible'],
      [17, 'live'],
      [29, 'live'],
    ]);
    const shown = await run('clusters/a.yaml', '--map', `${SEEDED}=${FRESH}`, '--diff');
    expect([shown.exitCode, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toContain('--- a/clusters/a.yaml\n+++ b/clusters/a.yaml\n@@ -1,7 +1,7 @@\n');
    expect(shown.stdout.match(/^\+ .*ami-0aaaaaaaaaaaaaaaa/gm)).toHaveLength(3);
    expect(snapshot(folder)).toEqual(before);

    const done = await run('clusters', '--map', 'map.csv');
    expect(done.exitCode, done.stderr).toBe(0);
    expect(done.stdout).toContain('What an update does');
    const after = readExample('clusters/prod.yaml').replaceAll(SEEDED, FRESH);
    expect(fs.readFileSync(path.join(folder, 'clusters', 'a.yaml'), 'utf8')).toBe(after);

    const again = documentOf(await run('clusters', '--map', 'map.csv', '--check', '--json'), 0);
    expect(again).toEqual({ rotated: [], unresolved: [], updates: [] });
  });

  it('--to changes references whose comments name that family, and leaves the others', async () => {
    const named = (os: string) => ` # bakery-${os}-x86_64-3.15.1-0123456789ab`;
    fs.writeFileSync(path.join(folder, 'mine.yaml'), queue(BEFORE, named('alinux2')));
    fs.writeFileSync(path.join(folder, 'other.yaml'), queue(GONE, named('rocky9')));
    const args = ['mine.yaml', 'other.yaml', '--to', FRESH, '--family', 'alinux2/x86_64/3.15.1', '--json'];
    const { rotated, unresolved } = documentOf(await run(...args), 0);
    expect(rotated.map(({ file, to }) => [file, to])).toEqual([['mine.yaml', FRESH]]);
    expect(unresolved).toEqual([]);
  });

  it('reports files that cannot be read beside the changes that were made', async () => {
    fs.writeFileSync(path.join(folder, 'good.yaml'), queue(SEEDED));
    fs.writeFileSync(path.join(folder, 'broken.yaml'), `CustomAmi: [${SEEDED}\n`);
    const words = ['good.yaml', 'broken.yaml', 'absent.yaml', '--map', `${SEEDED}=${FRESH}`, '--json'];
    const { rotated, errors } = documentOf(await run(...words), 2);
    expect(rotated.map(({ file }) => file)).toEqual(['good.yaml']);
    expect(errors.map(({ code, file }) => `${code} ${file}`).sort()).toEqual([
      'FILE_MISSING absent.yaml',
      'ROTATE_SYNTAX broken.yaml',
    ]);
    expect(fs.readFileSync(path.join(folder, 'good.yaml'), 'utf8')).toBe(queue(FRESH));
  });

  it('says what is missing when no file was named', async () => {
    const ran = await run('--map', `${SEEDED}=${FRESH}`);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('no FILES were named');
  });
});

describe('with an account', () => {
  let folder: string;
  beforeAll(() => {
    folder = exampleProject();
  });
  afterAll(() => fs.rmSync(folder, { recursive: true }));
  const json = async (args: string[], exit = 0) =>
    documentOf(await bake([...args, '--sandbox', '--json'], { cwd: folder }), exit);

  it('a map is refused when EC2 shows that the new image does not fit or does not exist', async () => {
    fs.writeFileSync(path.join(folder, 'mapped.yaml'), queue(SEEDED));
    const { images } = (await json(['images', '--os', 'ubuntu2204', '--region', 'us-east-1'])) as unknown as {
      images: { imageId: string; kind: string }[];
    };
    const ubuntu = images.find(({ kind }) => kind === 'baked')?.imageId ?? '';
    const one = await json(['rotate', 'mapped.yaml', '--map', `${SEEDED}=${ubuntu}`]);
    expect(one.rotated).toEqual([]);
    expect(one.unresolved[0]?.reason).toMatch(/is ubuntu2204\/.*the image here alinux2\/x86_64/);
    const gone = await json(['rotate', 'mapped.yaml', '--map', `${SEEDED}=${GONE}`]);
    expect(gone.unresolved[0]?.reason).toMatch(/does not show ami-0dead0000000beef0 in us-east-1/);
    expect(fs.readFileSync(path.join(folder, 'mapped.yaml'), 'utf8')).toBe(queue(SEEDED));
  });

  it('bake images --where-used lists every reference beside the channel it should follow', async () => {
    const stale = readExample('clusters/prod.yaml').replace(
      `CustomAmi: "${SEEDED}"`,
      `CustomAmi: "${BEFORE}"`,
    );
    fs.writeFileSync(path.join(folder, 'clusters', 'prod.yaml'), stale);
    const { references } = await json(['images', '--where-used']);
    expect(
      references.map(({ file, line, imageId, state, current }) => [file, line, imageId, state, current]),
    ).toEqual([
      ['clusters/prod.yaml', 4, SEEDED, 'current', SEEDED],
      ['clusters/prod.yaml', 17, SEEDED, 'current', SEEDED],
      ['clusters/prod.yaml', 29, BEFORE, 'stale', SEEDED],
      ['clusters/research.yaml', 9, 'ami-09f55e9cf9c40e803', 'current', 'ami-09f55e9cf9c40e803'],
    ]);
    expect(references[2]).toMatchObject({
      os: 'alinux2',
      arch: 'x86_64',
      parallelcluster: '3.15.1',
      parameter: '/hpc/ami/stable/alinux2/x86_64/3.15.1',
      reason: null,
    });
  });
});
