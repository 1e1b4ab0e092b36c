/** Tests `bake rotate --pr`: real git over file://, GitHub's API over HTTP, and an unchanged checkout. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bake, type Ran } from '../support/bake.ts';
import { openGitHubApi, type GitHubApi } from '../support/github-api.ts';
import { emptyFolder } from '../support/project.ts';

const A = 'ami-0123456789abcdef0';
const B = 'ami-0fedcba9876543210';
const C = 'ami-00000000000000001';
let folder: string;
let clone: string;
let remote: string;
let api: GitHubApi;

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  return execFileSync('git', [...identity, ...args], { cwd: clone, encoding: 'utf8', stdio: 'pipe' });
}

beforeEach(async () => {
  folder = emptyFolder();
  clone = path.join(folder, 'clone');
  remote = path.join(folder, 'remote.git');
  fs.mkdirSync(path.join(clone, 'clusters'), { recursive: true });
  for (const name of ['one', 'two']) {
    const queue = `Scheduling:\n  SlurmQueues:\n    - Name: q\n      Image: { CustomAmi: ${A} } # ${name}\n`;
    fs.writeFileSync(path.join(clone, `clusters/${name}.yaml`), `Region: us-east-1\n${queue}`);
  }
  git('init', '--quiet', '--initial-branch', 'main');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'clusters');
  execFileSync('git', ['clone', '--quiet', '--bare', clone, remote], { stdio: 'ignore' });
  git('remote', 'add', 'origin', `file://${remote}`);
  api = await openGitHubApi('corp/clusters');
});
afterEach(() => {
  api.close();
  fs.rmSync(folder, { recursive: true });
});

function rotate(to: string, ...more: string[]): Promise<Ran> {
  const env = { GITHUB_API_URL: api.url, GITHUB_REPOSITORY: 'corp/clusters', GITHUB_TOKEN: 'ghs_secret' };
  return bake(['rotate', 'clusters', '--map', `${A}=${to}`, '--pr', ...more], { cwd: clone, env });
}

it('pushes one branch and opens one pull request, and does neither a second time', async () => {
  const first = await rotate(B, '--remote', '--json');
  expect(first.exitCode, first.stderr).toBe(0);
  const { pullRequest, rotated } = JSON.parse(first.stdout) as {
    pullRequest: Record<string, unknown>;
    rotated: { file: string }[];
  };
  expect(pullRequest).toMatchObject({ branch: 'bakery/rotate', outcome: 'opened', number: 1 });
  expect(rotated.map(({ file }) => file)).toEqual(['clusters/one.yaml', 'clusters/two.yaml']);
  expect(git('status', '--porcelain')).toBe('');
  const diff = git('--git-dir', remote, 'diff', '--unified=0', 'main', 'bakery/rotate');
  expect(diff.split('\n').filter((line) => /^\+(?!\+)/.test(line))).toEqual([
    `+      Image: { CustomAmi: ${B} } # one`,
    `+      Image: { CustomAmi: ${B} } # two`,
  ]);
  expect(api.pulls).toMatchObject([{ head: { ref: 'bakery/rotate' }, base: { ref: 'main' } }]);
  expect(api.pulls[0]?.body).toContain('`clusters/two.yaml:5`');

  const before = [git('--git-dir', remote, 'rev-parse', 'bakery/rotate'), api.asked.length];
  const again = await rotate(B, '--remote');
  expect(again.stdout).toContain('pull request #1 is up to date');
  expect(git('--git-dir', remote, 'rev-parse', 'bakery/rotate')).toBe(before[0]);
  expect(api.asked.slice(before[1] as number)).toEqual(['GET /repos/corp/clusters/pulls']);
});

it('updates its own open pull request instead of opening a second one', async () => {
  await rotate(B, '--remote');
  const second = await rotate(C, '--remote', '--commit-per-cluster');
  expect(second.stdout).toContain('pull request #1 was updated');
  expect(api.pulls).toHaveLength(1);
  expect(api.pulls[0]?.body).toContain(C);
  expect(git('--git-dir', remote, 'log', '--format=%s', 'main..bakery/rotate')).toBe(
    'Rotate AMI references in clusters/two.yaml\nRotate AMI references in clusters/one.yaml\n',
  );
});

it('does not push the branch without --remote', async () => {
  const ran = await rotate(B);
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stdout).toContain('Next: git push origin bakery/rotate');
  expect(fs.readFileSync(path.join(clone, '.bakery/pull-request.md'), 'utf8')).toContain(B);
  expect(git('--git-dir', remote, 'for-each-ref', '--format=%(refname)')).not.toContain('bakery');
  expect(git('show', 'bakery/rotate:clusters/one.yaml')).toContain(B);
  expect(api.asked).toEqual([]);
});

it('refuses files with changes that are not committed, and writes nothing', async () => {
  fs.appendFileSync(path.join(clone, 'clusters/one.yaml'), '# mine\n');
  const ran = await rotate(B, '--remote', '--json');
  expect(ran.exitCode).toBe(2);
  expect(JSON.parse(ran.stdout)).toMatchObject({
    errors: [{ code: 'GIT_CHANGES', message: expect.stringContaining('clusters/one.yaml') as string }],
  });
  expect(git('for-each-ref', '--format=%(refname)')).not.toContain('bakery');
});

it('reports an error of GitHub, and the next run opens the pull request', async () => {
  api.failWith = 403;
  const ran = await rotate(B, '--remote', '--json');
  expect(ran.exitCode).toBe(3);
  expect(JSON.parse(ran.stdout)).toMatchObject({ errors: [{ code: 'PULL_REQUEST' }] });
  expect(ran.stdout + ran.stderr).not.toContain('ghs_secret');
  // The branch is already pushed: the next run only has to open the pull request.
  api.failWith = undefined;
  expect((await rotate(B, '--remote')).stdout).toContain('pull request #1 was opened');
});

it('makes no branch when no reference is stale', async () => {
  git('commit', '--quiet', '--allow-empty', '--message', 'later');
  const env = { GITHUB_TOKEN: 'ghs_secret', GITHUB_API_URL: api.url };
  const args = ['rotate', 'clusters', '--map', `${C}=${B}`, '--pr', '--remote', '--json'];
  const ran = await bake(args, { cwd: clone, env });
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ rotated: [] });
  expect(git('for-each-ref', '--format=%(refname)')).not.toContain('bakery');
  expect(api.asked).toEqual([]);
});
