/** Opens, updates and closes the one GitHub issue (docs.github.com, "REST API endpoints for issues"). */
import { callGitHub, type GitHubRepository } from '../github/api.ts';
import { isRecord } from '../util/is-record.ts';
import { issueBody, nextProblems, readIssueBody, type OpenProblems } from './text.ts';

/** The result of a run. */
export type RunProblems = Parameters<typeof nextProblems>[1];

const LABEL = 'ami-bakery';
const TITLE = 'bake needs attention';
/** How often to try, because another job of the same workflow may write at the same time, and neither update may be lost. */
const TRIES = 4;

interface Issue {
  number: number;
  body: string;
}

/**
 * Updates the issue with the open problems, and closes it if there are none.
 * @returns its number, or undefined if there is no issue and no problem
 * @throws Error with the message of GitHub
 */
export async function notifyGitHub(github: GitHubRepository, news: RunProblems): Promise<number | undefined> {
  let written: Issue | undefined;
  for (let round = 0; round < TRIES; round++) {
    const [issue, ...twins] = await openIssues(github);
    if (written && issue && issue.body === written.body && twins.length === 0) return issue.number;
    // If two jobs opened one issue each, keep the older one with the problems of both.
    const before: OpenProblems = Object.assign(
      {},
      ...[issue, ...twins].map((one) => readIssueBody(one?.body ?? '')),
    );
    const troubles = nextProblems(before, news);
    for (const twin of twins)
      await change(github, twin.number, { state: 'closed', state_reason: 'duplicate' });
    if (Object.keys(troubles).length === 0) {
      if (issue) await change(github, issue.number, { state: 'closed', state_reason: 'completed' });
      return issue?.number;
    }
    const body = issueBody(troubles);
    if (issue && issue.body === body) return issue.number;
    written = { number: issue?.number ?? (await open(github, body)), body };
    if (issue) await change(github, issue.number, { body });
  }
  return written?.number;
}

/** Oldest first. */
async function openIssues(github: GitHubRepository): Promise<Issue[]> {
  const answer = await callGitHub(
    github,
    'GET',
    `/issues?state=open&labels=${LABEL}&sort=created&direction=asc&per_page=100`,
  );
  if (!Array.isArray(answer)) throw new Error('GitHub did not answer with a list of issues');
  return answer
    .filter(isRecord)
    .flatMap(({ number, title, body, pull_request: isPull }): Issue[] =>
      typeof number === 'number' && title === TITLE && isPull === undefined
        ? [{ number, body: typeof body === 'string' ? body.replaceAll('\r\n', '\n') : '' }]
        : [],
    );
}

async function open(github: GitHubRepository, body: string): Promise<number> {
  const answer = await callGitHub(github, 'POST', '/issues', { title: TITLE, body, labels: [LABEL] });
  if (isRecord(answer) && typeof answer['number'] === 'number') return answer['number'];
  throw new Error('the answer of GitHub does not contain the number of the issue');
}

async function change(github: GitHubRepository, number: number, what: object): Promise<void> {
  await callGitHub(github, 'PATCH', `/issues/${number}`, what);
}
