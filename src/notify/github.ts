/** Owns the one GitHub issue: opened, updated and closed through the REST API (docs.github.com, "REST API endpoints for issues"). */
import { askGitHub, type GitHub } from '../github/api.ts';
import { isRecord } from '../util/is-record.ts';
import { issueBody, nextTroubles, readIssueBody, type Troubles } from './text.ts';

/** What a run has to say. */
export type News = Parameters<typeof nextTroubles>[1];

const LABEL = 'ami-bakery';
const TITLE = 'bake needs attention';
/** Another job of the same workflow may write at the same time: its part must not be lost, nor ours. */
const TRIES = 4;

interface Issue {
  number: number;
  body: string;
}

/**
 * Brings the issue up to date: what is wrong is in it, and it is closed when nothing is.
 * @returns its number, or undefined where there was nothing to say
 * @throws Error with what GitHub said
 */
export async function notifyGitHub(github: GitHub, news: News): Promise<number | undefined> {
  let written: Issue | undefined;
  for (let round = 0; round < TRIES; round++) {
    const [issue, ...twins] = await openIssues(github);
    if (written && issue && issue.body === written.body && twins.length === 0) return issue.number;
    // Two jobs may have opened one each: the older one stays, with the troubles of both.
    const before: Troubles = Object.assign(
      {},
      ...[issue, ...twins].map((one) => readIssueBody(one?.body ?? '')),
    );
    const troubles = nextTroubles(before, news);
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
async function openIssues(github: GitHub): Promise<Issue[]> {
  const answer = await askGitHub(
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

async function open(github: GitHub, body: string): Promise<number> {
  const answer = await askGitHub(github, 'POST', '/issues', { title: TITLE, body, labels: [LABEL] });
  if (isRecord(answer) && typeof answer['number'] === 'number') return answer['number'];
  throw new Error('GitHub did not say the number of the issue');
}

async function change(github: GitHub, number: number, what: object): Promise<void> {
  await askGitHub(github, 'PATCH', `/issues/${number}`, what);
}
