/** Tests of the files that a rotation finds. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { walk } from '../../src/rotate/walk.ts';
import { folderWith } from '../config/folder.ts';

async function namesIn(folder: string, ...names: string[]): Promise<string[]> {
  const { files, errors } = await walk(names, folder);
  const found = [...files].map(({ file, named }) => (named ? `${file} (named)` : file));
  return [...found, ...errors.map(({ code, place }) => `${code} ${place.file}`)];
}

const tree = { 'a.yaml': '', 'sub/b.yaml': '', 'sub/deep/c.ini': '', 'z.yaml': '' };

it('finds named files and all files below named folders, in code unit order', async () => {
  const folder = await folderWith(tree);
  expect(await namesIn(folder, '.')).toEqual(['a.yaml', 'sub/b.yaml', 'sub/deep/c.ini', 'z.yaml']);
  expect(await namesIn(folder, 'sub/')).toEqual(['sub/b.yaml', 'sub/deep/c.ini']);
  expect(await namesIn(folder, './sub/../a.yaml')).toEqual(['a.yaml (named)']);
  expect(await namesIn(folder, path.join(folder, 'sub', 'deep'))).toEqual([`${folder}/sub/deep/c.ini`]);
  expect(await namesIn(path.join(folder, 'sub'), '../z.yaml', '../sub/deep')).toEqual([
    '../z.yaml (named)',
    '../sub/deep/c.ini',
  ]);
});

it('finds each file once, however many names lead to it', async () => {
  const folder = await folderWith(tree);
  symlinkSync('a.yaml', path.join(folder, 'link.yaml'));
  symlinkSync('sub', path.join(folder, 'other'));
  const names = ['z.yaml', 'link.yaml', '.', 'sub', 'other', '**/*.yaml', 'a.yaml'];
  expect(await namesIn(folder, ...names)).toEqual([
    'z.yaml (named)',
    'link.yaml (named)',
    'sub/b.yaml',
    'sub/deep/c.ini',
  ]);
});

it('finds what patterns match, and removes what those with ! match', async () => {
  const folder = await folderWith({ ...tree, 'node_modules/x/d.yaml': '', '.hidden/e.yaml': '' });
  expect(await namesIn(folder, '**/*.yaml')).toEqual(['a.yaml', 'sub/b.yaml', 'z.yaml']);
  expect(await namesIn(folder, '**/*.yaml', '!sub/**')).toEqual(['a.yaml', 'z.yaml']);
  expect(await namesIn(folder, 'node_modules/**/*.yaml')).toEqual(['node_modules/x/d.yaml']);
  expect(await namesIn(folder, '.hidden/*.yaml')).toEqual(['.hidden/e.yaml']);
  // On the command line, a pattern without a match is an error.
  expect(await namesIn(folder, 'nothing-*.yaml')).toEqual(['FILE_MISSING nothing-*.yaml']);
});

it('prefers a file to a pattern of the same name', async () => {
  const folder = await folderWith({ 'a[1].yaml': '', 'a1.yaml': '' });
  expect(await namesIn(folder, 'a[1].yaml')).toEqual(['a[1].yaml (named)']);
});

it('skips node_modules and hidden folders, except workflows, unless they are named, and finds hidden files', async () => {
  const folder = await folderWith({
    '.env': '',
    '.git/config': '',
    '.terraform/x.tf': '',
    '.github/workflows/ci.yml': '',
    '.circleci/config.yml': '',
    'node_modules/x/c.yaml': '',
    'a.yaml': '',
    // The temporary file of a run that was killed.
    '.bake-00112233-1-2-0123456789ab': '',
  });
  const workflows = ['.circleci/config.yml', '.github/workflows/ci.yml'];
  expect(await namesIn(folder, '.')).toEqual([workflows[0], '.env', workflows[1], 'a.yaml']);
  expect(await namesIn(folder, '.terraform', 'node_modules')).toEqual([
    '.terraform/x.tf',
    'node_modules/x/c.yaml',
  ]);
});

it('follows only links that are named, and never loops', async () => {
  const folder = await folderWith({ 'in/a.yaml': '', 'out/b.yaml': '' });
  symlinkSync('../out/b.yaml', path.join(folder, 'in', 'b.yaml'));
  symlinkSync('../out', path.join(folder, 'in', 'out'));
  symlinkSync('..', path.join(folder, 'in', 'loop'));
  symlinkSync('nowhere', path.join(folder, 'in', 'dangling'));
  expect(await namesIn(folder, 'in')).toEqual(['in/a.yaml']);
  expect(await namesIn(folder, 'in/out', 'in/b.yaml')).toEqual(['in/out/b.yaml']);
  expect(await namesIn(folder, 'in/loop/in')).toEqual(['in/loop/in/a.yaml']);
});

it('reports names that do not exist, and continues with the others', async () => {
  const folder = await folderWith(tree);
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  symlinkSync('nowhere', path.join(folder, 'dangling'));
  expect(await namesIn(folder, 'missing.yaml', 'pipe', 'dangling', 'a.yaml/x', 'a.yaml')).toEqual([
    'a.yaml (named)',
    'FILE_MISSING missing.yaml',
    'FILE_UNREADABLE pipe',
    'FILE_MISSING dangling',
    'FILE_MISSING a.yaml/x',
  ]);
  // Pipes in a folder are skipped.
  expect(await namesIn(folder, '.')).not.toContain('pipe');
});

it('reads no further than requested', async () => {
  const folder = await folderWith({ 'a.yaml': '', 'b/c.yaml': '' });
  const { files } = await walk(['.'], folder);
  const rest = files[Symbol.iterator]();
  expect(rest.next().value).toEqual({ file: 'a.yaml', named: false });
  rmSync(path.join(folder, 'b'), { recursive: true });
  mkdirSync(path.join(folder, 'b'));
  expect(rest.next().done).toBe(true);
});

it.skipIf(process.getuid?.() === 0)('reports folders that it may not read', async () => {
  const folder = await folderWith({ 'a.yaml': '', 'locked/b.yaml': '' });
  execFileSync('chmod', ['000', path.join(folder, 'locked')]);
  expect(await namesIn(folder, '.')).toEqual(['a.yaml', 'FILE_UNREADABLE locked/']);
  execFileSync('chmod', ['755', path.join(folder, 'locked')]);
});

/** All files below that `git` would add. */
function byGit(folder: string): string[] {
  const names = execFileSync('git', ['ls-files', '-z', '--others', '--exclude-standard'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  });
  return names.split('\0').filter((name) => name !== '');
}

const names = [
  'a.yaml',
  'b.yaml',
  'build/a.yaml',
  'build/x/b.yaml',
  'x/build/a.yaml',
  'x/keep.yaml',
  'x/y/a.yaml',
];
const ignored: Record<string, Record<string, string>> = {
  'a name anywhere': { '.gitignore': 'b.yaml\n' },
  'a folder anywhere': { '.gitignore': 'build/\n' },
  'a folder here': { '.gitignore': '/build\n' },
  'all except one': { '.gitignore': 'x/*\n!x/keep.yaml\n' },
  'an exception below an ignored folder, which has no effect': { '.gitignore': 'x/\n!x/keep.yaml\n' },
  'a subfolder with an exception': { '.gitignore': '*.yaml\n', 'x/.gitignore': '!*.yaml\n' },
  'a subfolder with an exception for a folder': { '.gitignore': 'build\n', 'x/.gitignore': '!build\n' },
  'a bound pattern below': { 'x/.gitignore': '/build/a.yaml\n\n# no pattern\n' },
  'a pattern with a folder below': { 'x/.gitignore': 'y/a.yaml\n' },
  'a folder only below': { 'x/.gitignore': 'build/\n' },
  'two stars': { '.gitignore': 'x/**/a.yaml\n' },
  'two stars below': { 'x/.gitignore': '**/a.yaml\n' },
  'escaped first characters': { '.gitignore': '\\#a.yaml\n\\!b.yaml\n', '#a.yaml': '', '!b.yaml': '' },
  'escaped first characters below': { 'x/.gitignore': '\\#a\n\\!b\n', 'x/#a': '', 'x/!b': '', 'x/a': '' },
  'CR LF and trailing blanks': { '.gitignore': 'b.yaml  \r\nbuild/\r\n' },
  'upper case': { '.gitignore': 'A.yaml\nBUILD\n' },
  'a folder with a star in its name': { 'x*/.gitignore': 'a.yaml\n', 'x*/a.yaml': '', 'xy/a.yaml': '' },
  'everything in one': { '.gitignore': '*\n' },
  'info/exclude, weaker than .gitignore': {
    '.git/info/exclude': 'a.yaml\nb.yaml\n',
    '.gitignore': '!b.yaml\n',
  },
};

it.each(Object.entries(ignored))('skips what git ignores: %s', async (_, files) => {
  const folder = await folderWith(Object.fromEntries(names.map((name) => [name, ''])));
  execFileSync('git', ['init', '-q'], { cwd: folder });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  const wanted = byGit(folder).sort();
  expect((await namesIn(folder, '.')).sort()).toEqual(wanted);
  // The same from a subfolder, and by a pattern.
  const inX = wanted.filter((name) => name.startsWith('x/'));
  if (!isLeftOut(folder, 'x')) expect((await namesIn(folder, 'x')).sort()).toEqual(inX);
  const yaml = wanted.filter((name) => name.endsWith('.yaml'));
  expect((await namesIn(folder, '**/*.yaml')).sort()).toEqual(yaml);
});

/** Ignored folders that are named: their own rules apply. */
function isLeftOut(folder: string, name: string): boolean {
  try {
    execFileSync('git', ['check-ignore', '-q', name], { cwd: folder });
    return true;
  } catch {
    return false;
  }
}

it('finds named files and folders that git ignores', async () => {
  const folder = await folderWith({ '.gitignore': 'build\na.yaml\n', 'a.yaml': '', 'build/b.yaml': '' });
  execFileSync('git', ['init', '-q'], { cwd: folder });
  expect(await namesIn(folder, 'a.yaml', 'build')).toEqual(['a.yaml (named)', 'build/b.yaml']);
});

it('applies no rule to a nested repository, and reads the rules of linked worktrees', async () => {
  const folder = await folderWith({
    '.gitignore': 'b.yaml\n',
    'in/b.yaml': '',
    'in/c.yaml': '',
    'main/x': '',
  });
  execFileSync('git', ['init', '-q'], { cwd: folder });
  execFileSync('git', ['init', '-q'], { cwd: path.join(folder, 'in') });
  const main = path.join(folder, 'main');
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x.example', ...args], { cwd: main });
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  git('worktree', 'add', '-q', '../linked');
  writeFileSync(path.join(main, '.git/info/exclude'), 'c.yaml\n');
  writeFileSync(path.join(folder, 'linked/c.yaml'), '');
  writeFileSync(path.join(folder, 'linked/b.yaml'), '');
  expect(await namesIn(folder, 'in')).toEqual(['in/b.yaml', 'in/c.yaml']);
  expect(await namesIn(folder, '.')).toEqual([
    '.gitignore',
    'in/b.yaml',
    'in/c.yaml',
    'linked/b.yaml',
    'main/x',
  ]);
});

it('reads .gitignore outside of repositories too, but none above the named folder', async () => {
  const folder = await folderWith({
    '.gitignore': 'a.yaml\n',
    'x/a.yaml': '',
    'x/b.yaml': '',
    'x/.gitignore': 'b.yaml\n',
  });
  expect(await namesIn(folder, '.')).toEqual(['.gitignore', 'x/.gitignore']);
  expect(await namesIn(folder, 'x')).toEqual(['x/.gitignore', 'x/a.yaml']);
});

it('walks 10,000 files', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bake-test-'));
  for (let at = 0; at < 100; at++) {
    mkdirSync(path.join(folder, `f${at}`));
    for (let file = 0; file < 100; file++) writeFileSync(path.join(folder, `f${at}`, `${file}.yaml`), '');
  }
  const { files } = await walk(['.'], folder);
  expect([...files]).toHaveLength(10_000);
  expect(readdirSync(folder)).toHaveLength(100);
  rmSync(folder, { recursive: true });
});
