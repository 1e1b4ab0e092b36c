/** Tests the branch of a pull request with real git: bake writes it beside the checkout, and never over the commits of others. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  readRemote,
  openRepository,
  pushBranch,
  writeBranch,
  type Commit,
  type GitRepository,
} from '../../src/programs/git-branch.ts';
import { emptyFolder } from '../support/project.ts';

const BRANCH = 'bakery/rotate';
const signal = new AbortController().signal;
let folder: string;
let clone: string;
let remote: string;
/** No git configuration of a user, as on a runner. */
let env: Record<string, string>;
let repository: GitRepository;

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: clone, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeEach(async () => {
  folder = emptyFolder();
  clone = path.join(folder, 'clone');
  remote = path.join(folder, 'remote.git');
  env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
  };
  fs.mkdirSync(path.join(clone, 'clusters'), { recursive: true });
  fs.writeFileSync(path.join(clone, '.gitattributes'), '*.yaml text eol=crlf\n');
  fs.writeFileSync(path.join(clone, 'clusters/a b.yaml'), 'a: 1\r\n');
  fs.writeFileSync(path.join(clone, 'clusters/run.sh'), 'b=1\n', { mode: 0o755 });
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
  execFileSync('git', ['clone', '--quiet', '--bare', clone, remote], { stdio: 'ignore' });
  git('remote', 'add', 'origin', `file://${remote}`);
  repository = await openRepository(path.join(clone, 'clusters'), env, signal);
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const commit = (text: string, file = 'clusters/a b.yaml'): Commit => {
  const before = fs.readFileSync(path.join(clone, file));
  return { message: `change ${file}`, files: new Map([[file, { before, after: Buffer.from(text) }]]) };
};
const tip = (): string => git('rev-parse', BRANCH).trim();

it('writes commits without touching the checkout, its index or HEAD', async () => {
  fs.writeFileSync(path.join(clone, 'other'), 'not committed\n');
  git('add', 'other');
  const before = git('status', '--porcelain=v2', '--branch');
  const { unchanged } = await writeBranch(repository, BRANCH, [
    commit('a: 2\r\n'),
    commit('b=2\n', 'clusters/run.sh'),
  ]);
  expect(unchanged).toBe(false);
  expect(git('status', '--porcelain=v2', '--branch')).toBe(before);
  expect(fs.readFileSync(path.join(clone, 'clusters/a b.yaml'), 'utf8')).toBe('a: 1\r\n');
  expect(git('log', '--format=%s', `main..${BRANCH}`)).toBe(
    'change clusters/run.sh\nchange clusters/a b.yaml\n',
  );
  // Line ends follow .gitattributes, modes stay, and nothing else changes.
  expect(git('show', `${BRANCH}:clusters/a b.yaml`)).toBe('a: 2\n');
  const raw = git('diff', '--raw', '--no-abbrev', 'main', BRANCH);
  expect(raw.replaceAll(/ [0-9a-f]{40} [0-9a-f]{40} /g, ' ')).toBe(
    ':100644 100644 M\tclusters/a b.yaml\n:100755 100755 M\tclusters/run.sh\n',
  );
});

it('writes the same commit for the same changes, also from another clone', async () => {
  const { commit: first } = await writeBranch(repository, BRANCH, [commit('a: 2\n')]);
  expect(await writeBranch(repository, BRANCH, [commit('a: 2\n')])).toEqual({
    commit: first,
    unchanged: true,
  });
  await pushBranch(repository, await readRemote(repository, BRANCH), BRANCH, first);
  git('branch', '--quiet', '-D', BRANCH);
  const seen = await readRemote(repository, BRANCH);
  expect(seen).toMatchObject({ name: 'origin', main: 'main', tip: first });
  expect(await writeBranch(repository, BRANCH, [commit('a: 2\n')], seen.tip)).toEqual({
    commit: first,
    unchanged: true,
  });
  expect(tip()).toBe(first);
});

it('starts again from HEAD when HEAD has moved', async () => {
  await writeBranch(repository, BRANCH, [commit('a: 2\n')]);
  git('commit', '--quiet', '--allow-empty', '--message', 'main goes on');
  const { unchanged } = await writeBranch(repository, BRANCH, [commit('a: 2\n')]);
  expect(unchanged).toBe(false);
  expect(git('rev-list', '--count', `main..${BRANCH}`).trim()).toBe('1');
});

it('does not change a branch that holds commits of others', async () => {
  await writeBranch(repository, BRANCH, [commit('a: 2\n')]);
  git('switch', '--quiet', BRANCH);
  git('commit', '--quiet', '--allow-empty', '--message', 'by hand');
  git('switch', '--quiet', 'main');
  const before = tip();
  await expect(writeBranch(repository, BRANCH, [commit('a: 3\n')])).rejects.toMatchObject({
    code: 'GIT_BRANCH',
    message: expect.stringContaining('by hand') as string,
  });
  expect(tip()).toBe(before);
});

it('does not change a branch that is checked out', async () => {
  await writeBranch(repository, BRANCH, [commit('a: 2\n')]);
  git('worktree', 'add', '--quiet', path.join(folder, 'tree'), BRANCH);
  await expect(writeBranch(repository, BRANCH, [commit('a: 3\n')])).rejects.toMatchObject({
    code: 'GIT_BRANCH',
  });
});

it('does not push over commits that reached the remote in the meantime', async () => {
  const { commit: first } = await writeBranch(repository, BRANCH, [commit('a: 2\n')]);
  const seen = await readRemote(repository, BRANCH);
  git('push', '--quiet', 'origin', `main:refs/heads/${BRANCH}`);
  await expect(pushBranch(repository, seen, BRANCH, first)).rejects.toMatchObject({ code: 'GIT_REMOTE' });
  expect(git('ls-remote', 'origin', BRANCH)).toContain(git('rev-parse', 'main').trim());
});

it.each([
  ['a changed file', () => fs.writeFileSync(path.join(clone, 'clusters/run.sh'), 'b=3\n')],
  [
    'a changed file that git ignores because of skip-worktree',
    () => {
      git('update-index', '--skip-worktree', 'clusters/run.sh');
      fs.writeFileSync(path.join(clone, 'clusters/run.sh'), 'secret=1\n');
    },
  ],
  ['a file that is not in git', () => git('rm', '--quiet', '--cached', 'clusters/run.sh')],
  [
    'a file of a submodule',
    () => {
      git('rm', '--quiet', '--cached', '-r', 'clusters');
      git('update-index', '--add', '--cacheinfo', `160000,${git('rev-parse', 'HEAD').trim()},clusters`);
    },
  ],
])('refuses %s', async (what, change) => {
  change();
  if (/not in git|submodule/.test(what)) git('commit', '--quiet', '--message', 'without it');
  await expect(writeBranch(repository, BRANCH, [commit('b=9\n', 'clusters/run.sh')])).rejects.toMatchObject({
    code: 'GIT_CHANGES',
    message: expect.stringContaining('clusters/run.sh') as string,
  });
  expect(git('for-each-ref', '--format=%(refname)')).not.toContain('bakery');
});

it('keeps line ends that were committed before core.autocrlf was set', async () => {
  fs.writeFileSync(path.join(clone, 'crlf.txt'), 'a: 1\r\nb: 1\r\n');
  git('add', 'crlf.txt');
  git('commit', '--quiet', '--message', 'CR LF');
  git('config', 'core.autocrlf', 'true');
  await writeBranch(repository, BRANCH, [commit('a: 2\r\nb: 1\r\n', 'crlf.txt')]);
  expect(git('cat-file', 'blob', `${BRANCH}:crlf.txt`)).toBe('a: 2\r\nb: 1\r\n');
});

it('names the branch when another branch blocks its name', async () => {
  git('branch', 'bakery');
  await expect(writeBranch(repository, BRANCH, [commit('a: 2\n')])).rejects.toMatchObject({
    code: 'GIT_BRANCH',
    message: expect.stringContaining('bakery') as string,
  });
});

it('commits in its own name when git has no identity', async () => {
  const { GIT_AUTHOR_NAME: _, GIT_AUTHOR_EMAIL: __, ...rest } = env;
  const { GIT_COMMITTER_NAME: ___, GIT_COMMITTER_EMAIL: ____, ...nobody } = rest;
  await writeBranch(await openRepository(clone, nobody, signal), BRANCH, [commit('a: 2\n')]);
  expect(git('log', '-1', '--format=%an <%ae>', BRANCH).trim()).toBe(
    'ami-bakery <ami-bakery@users.noreply.github.com>',
  );
});

it('refuses a folder without a repository', async () => {
  const lonely = emptyFolder();
  await expect(openRepository(lonely, env, signal)).rejects.toMatchObject({ code: 'GIT_NO_REPOSITORY' });
  fs.rmSync(lonely, { recursive: true });
});
