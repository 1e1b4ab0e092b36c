/** Tests the GitHub issue over real HTTP: opened, updated, closed; two jobs at once; errors of GitHub. */
import { Agent } from 'node:https';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GitHubRepository } from '../../src/github/api.ts';
import { httpsTransport } from '../../src/github/https.ts';
import { notifyGitHub, type RunProblems } from '../../src/notify/github.ts';
import { issueBody, readIssueBody } from '../../src/notify/text.ts';
import { openGitHubApi, type GitHubApi } from '../support/github-api.ts';

let api: GitHubApi;
let github: GitHubRepository;
beforeEach(async () => {
  api = await openGitHubApi('me/images');
  const send = httpsTransport({ token: 'ghs_secret', agent: new Agent() });
  github = { api: api.url, repository: 'me/images', send };
});
afterEach(() => api.close());

const news = (failed: string[], checked = failed): RunProblems => ({
  notices: failed.map((about) => ({ occasion: 'failed', about, title: `${about} failed`, text: 'why' })),
  checked,
  at: '2026-11-21T00:00:00Z',
  run: '3f9c2a71',
  url: 'https://github.example/run/1',
});
const open = () => api.issues.filter(({ state }) => state === 'open');
const abouts = () => open().map(({ body }) => Object.keys(readIssueBody(body)).sort());

it('opens one issue, updates it, and closes it when all problems are fixed', async () => {
  expect(await notifyGitHub(github, news([], ['alinux2']))).toBeUndefined();
  expect(await notifyGitHub(github, news(['alinux2']))).toBe(1);
  expect(open()).toMatchObject([{ labels: ['ami-bakery'], title: 'bake needs attention' }]);
  expect(open()[0]?.body).toContain('[run 3f9c2a71](https://github.example/run/1)');
  expect(await notifyGitHub(github, news(['rocky9']))).toBe(1);
  expect(abouts()).toEqual([['alinux2', 'rocky9']]);
  await notifyGitHub(github, news([], ['alinux2']));
  expect(abouts()).toEqual([['rocky9']]);
  await notifyGitHub(github, news([], ['rocky9']));
  expect(api.issues).toMatchObject([{ state: 'closed', state_reason: 'completed' }]);
  expect(api.tokens).toEqual(new Set(['Bearer ghs_secret']));
});

it('writes nothing if the issue is up to date', async () => {
  await notifyGitHub(github, news(['alinux2']));
  const before = api.asked.length;
  await notifyGitHub(github, news(['alinux2']));
  expect(api.asked.slice(before)).toEqual(['GET /repos/me/images/issues']);
});

it('does not change pull requests and issues of other people', async () => {
  const other = { number: 90, state: 'open', labels: ['ami-bakery'], body: 'x' };
  api.issues.push({ ...other, title: 'something else' });
  api.issues.push({
    ...other,
    number: 91,
    title: 'bake needs attention',
    pull_request: {},
  } as (typeof api.issues)[number]);
  await notifyGitHub(github, news(['alinux2']));
  expect(api.issues.map(({ number, body }) => [number, body === 'x'])).toEqual([
    [90, true],
    [91, true],
    [3, false],
  ]);
});

it('loses nothing if another job opens an issue or updates ours at the same time', async () => {
  const theirs = (about: string) =>
    issueBody({ [about]: { title: about, since: '2026-11-20', text: '', run: 'other' } });
  let done = false;
  api.before = (asked) => {
    if (done || asked !== 'POST /repos/me/images/issues') return;
    done = true;
    api.issues.push({
      number: 1,
      state: 'open',
      title: 'bake needs attention',
      labels: ['ami-bakery'],
      body: theirs('rocky9'),
    });
  };
  expect(await notifyGitHub(github, news(['alinux2']))).toBe(1);
  expect(abouts()).toEqual([['alinux2', 'rocky9']]);
  expect(api.issues[1]).toMatchObject({ state: 'closed', state_reason: 'duplicate' });

  let overwritten = false;
  api.before = (asked) => {
    if (overwritten || asked !== 'GET /repos/me/images/issues' || !open()[0]?.body.includes('rhel9')) return;
    overwritten = true;
    (open()[0] as { body: string }).body = theirs('rocky9');
  };
  await notifyGitHub(github, news(['rhel9']));
  expect(overwritten).toBe(true);
  expect(abouts()).toEqual([['rhel9', 'rocky9']]);
});

it('reports the message of GitHub, and never sends the token unencrypted', async () => {
  api.failWith = 403;
  await expect(notifyGitHub(github, news(['a']))).rejects.toThrow(
    /with 403: Resource not accessible by integration/,
  );
  await expect(notifyGitHub({ ...github, api: 'http://ghe.corp.example' }, news(['a']))).rejects.toThrow(
    'is not https',
  );
  api.close();
  await expect(notifyGitHub(github, news(['a']))).rejects.toThrow(/ECONNREFUSED|hang up/);
});
