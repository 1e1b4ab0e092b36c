/** Tests where bake looks for bakery.yaml, and where it keeps its own files: as git does, up to the repository's root. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bake } from '../support/bake.ts';
import { emptyFolder, exampleProject } from '../support/project.ts';

let root: string;
beforeEach(() => {
  root = exampleProject();
  fs.mkdirSync(path.join(root, 'clusters/eu/north'), { recursive: true });
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const run = (below: string, ...args: string[]) => bake(args, { cwd: path.join(root, below) });
const inRepository = () => fs.mkdirSync(path.join(root, '.git'));

describe('bakery.yaml', () => {
  it.each([
    ['clusters', '../bakery.yaml'],
    ['clusters/eu/north', '../../../bakery.yaml'],
  ])('is found from %s, and its path is shown', async (below, shown) => {
    inRepository();
    const ran = await run(below, 'plan', '--os', 'alinux2', '--sandbox', '--json');
    expect(ran.exitCode, ran.stderr).toBe(1);
    expect(ran.stderr).toContain(`configuration: ${shown}\n`);
    const { rotated } = JSON.parse(ran.stdout) as { rotated: { file: string }[] };
    expect(rotated[0]?.file).toBe(path.relative(below, 'clusters/prod.yaml'));
  });

  it.each(['images', 'rotate --check', 'schedule --github', 'assets verify', 'iam'])(
    'is the same for bake %s',
    async (command) => {
      inRepository();
      const args = [...command.split(' '), '--json', ...(command === 'images' ? ['--sandbox'] : [])];
      const [above, below] = [await run('', ...args), await run('files', ...args)];
      expect(below.exitCode, below.stderr).toBe(above.exitCode);
      if (command === 'iam') expect(below.stdout).toBe(above.stdout);
    },
  );

  it('of the nearest folder wins, and the search ends at the root of the repository', async () => {
    fs.mkdirSync(path.join(root, 'clusters/.git'));
    const outside = await run('clusters/eu', 'plan', '--os', 'alinux2');
    expect(outside.exitCode).toBe(2);
    expect(outside.stderr).toContain('no bakery.yaml here or above, up to the root of the repository');
    fs.cpSync(path.join(root, 'bakery.yaml'), path.join(root, 'clusters/eu/bakery.yaml'));
    fs.rmSync(path.join(root, 'clusters/.git'), { recursive: true });
    inRepository();
    const nearest = await run('clusters/eu/north', 'iam', '--json');
    expect(nearest.exitCode, nearest.stderr).toBe(0);
    const named = await run('clusters/eu/north', 'plan', '--os', 'alinux2', '--config', 'none.yaml');
    expect(named.stderr).toContain('none.yaml');
  });

  it('is looked for in the current folder only outside of a repository', async () => {
    const ran = await run('clusters', 'plan', '--os', 'alinux2');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('CONFIG_MISSING there is no bakery.yaml here\n');
  });
});

describe('without a bakery.yaml in a repository', () => {
  it.each([
    ['', 'here, at the root of the repository'],
    ['a/b', 'here or above, up to the root of the repository'],
  ])('--sandbox says so before it takes the example, in %j', async (below, where) => {
    const folder = emptyFolder();
    fs.mkdirSync(path.join(folder, '.git'));
    fs.mkdirSync(path.join(folder, below), { recursive: true });
    const cwd = path.join(folder, below);
    const ran = await bake(['images', '--sandbox', '--json'], { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stderr).toBe(
      `no bakery.yaml ${where}: working on a copy of the example in .bakery/sandbox/example\n`,
    );
    const without = await bake(['images', '--json'], { cwd });
    expect(without.exitCode).toBe(2);
    fs.rmSync(folder, { recursive: true });
  });
});

it('a run has one state and one journal, from whichever folder of the project it is started', async () => {
  inRepository();
  const first = await run('', '--os', 'alinux2', '--sandbox', '--json', '--yes');
  expect(first.exitCode, first.stderr).toBe(0);
  const again = await run('clusters/eu', '--os', 'alinux2', '--sandbox', '--json', '--yes');
  expect(again.exitCode, again.stderr).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ images: [{ outcome: 'unchanged' }] });
  expect(fs.existsSync(path.join(root, 'clusters/eu/.bakery'))).toBe(false);
});
