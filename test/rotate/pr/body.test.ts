/** Tests of the pull request's text: images, effects of update-cluster, the way back, and the size limit. */
import { expect, it } from 'vitest';
import { repositoryOf } from '../../../src/github/pulls.ts';
import {
  commitMessage,
  pullRequestBody,
  pullRequestTitle,
  type RotationStory,
} from '../../../src/rotate/pr/body.ts';

const A = 'ami-0123456789abcdef0';
const B = 'ami-0fedcba9876543210';
const entry = {
  file: 'clusters/prod.yaml',
  line: 14,
  column: 20,
  path: 'Scheduling.SlurmQueues[0].Image.CustomAmi',
  scope: 'queue',
  from: A,
  to: B,
} as const;
const story: RotationStory = {
  source: 'channel stable',
  moves: [
    {
      region: 'us-east-1',
      from: { id: A, name: 'bakery-alinux2-x86_64-3.15.1-000000000001', createdAt: '2026-10-01T04:00:00Z' },
      to: {
        id: B,
        name: 'bakery-alinux2-x86_64-3.15.1-000000000002',
        createdAt: '2026-11-01T05:00:00Z',
        verified: '41 passed, 0 failed, 3 skipped',
      },
      difference: '| kernel | 5.10.1 | 5.10.2 |\n| --- | --- | --- |',
      rollback: 'bake rollback --os alinux2 --channel stable',
    },
  ],
  rotated: [entry],
  unresolved: [{ ...entry, line: 4, path: 'Image.CustomAmi', found: A, reason: 'root image: it stays' }],
  impacts: [{ ...entry, text: 'live: nodes are drained and replaced' }],
};

it('shows both images, their ages, the verify result, differences, impact, what stays and the way back', () => {
  const body = pullRequestBody(story);
  for (const told of [
    '`bakery-alinux2-x86_64-3.15.1-000000000002`<br>2026-11-01',
    '| 31 days | 41 passed, 0 failed, 3 skipped |',
    '| kernel | 5.10.1 | 5.10.2 |',
    `| \`clusters/prod.yaml:14\` | \`${entry.path}\` | \`${A}\` | \`${B}\` | live: nodes are drained and replaced |`,
    `- \`clusters/prod.yaml:4\` \`${A}\`: root image: it stays`,
    'bake rollback --os alinux2 --channel stable',
  ]) {
    expect(body).toContain(told);
  }
  expect(pullRequestBody(story)).toBe(body);
  expect(pullRequestTitle(story)).toBe(
    'Rotate AMI references to bakery-alinux2-x86_64-3.15.1-000000000002 in 1 file',
  );
});

it('says which facts are not known', () => {
  const [move] = story.moves;
  const bare = { ...move!, from: { id: A }, to: { id: B }, difference: 'the store has no package list' };
  expect(pullRequestBody({ ...story, moves: [bare] })).toContain('| not known | not known |');
});

it('stays within the limit of GitHub', () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({ ...entry, line: index + 1 }));
  const long = pullRequestBody({ ...story, rotated: many, moves: Array(300).fill(story.moves[0]) as never });
  expect(long.length).toBeLessThan(65_536);
  expect(long).toContain('cut here');
  expect(pullRequestBody({ ...story, rotated: many })).toContain('and 4700 more');
});

it('escapes Markdown in file names', () => {
  const file = 'a`|\nb.yaml';
  const body = pullRequestBody({ ...story, rotated: [{ ...entry, file }], impacts: [] });
  expect(body).toContain('`` a`\\| b.yaml:14 ``');
});

it('names the file in the commit of one file, and every move once', () => {
  expect(commitMessage([entry, { ...entry, line: 20 }])).toBe(
    `Rotate AMI references in clusters/prod.yaml\n\n${A} -> ${B}`,
  );
});

it.each([
  ['https://github.com/me/clusters.git', 'github.com', 'me/clusters'],
  ['git@github.com:me/clusters.git', 'github.com', 'me/clusters'],
  ['ssh://git@ghe.corp.example:2222/me/clusters', 'ghe.corp.example:2222', 'me/clusters'],
])('reads the repository from %s', (url, host, repository) => {
  expect(repositoryOf(url)).toEqual({ host, repository });
});

it.each(['file:///srv/git/clusters.git', '/srv/git/clusters.git', 'https://git.corp.example/a/b/c'])(
  'finds no GitHub repository in %s',
  (url) => expect(repositoryOf(url)).toBeUndefined(),
);
