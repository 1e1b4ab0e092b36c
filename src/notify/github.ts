/** Owns the one GitHub issue: opened, updated and closed through the REST API (docs.github.com, "REST API endpoints for issues"). */
import http from 'node:http';
import https, { type Agent } from 'node:https';
import { isRecord } from '../provenance/dsse.ts';
import { issueBody, nextTroubles, readIssueBody, type Troubles } from './text.ts';

export interface GitHub {
  /** https://api.github.com, or that of an enterprise server. */
  api: string;
  token: string;
  /** `owner/name` */
  repository: string;
  /** Through the proxy and with the CA of the place bake runs in. */
  agent: Agent;
}

/** What a run has to say. */
export type News = Parameters<typeof nextTroubles>[1];

const LABEL = 'ami-bakery';
const TITLE = 'bake needs attention';
const PATIENCE_MS = 20_000;
const LARGEST = 5_000_000;
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
export async function tellGitHub(github: GitHub, news: News): Promise<number | undefined> {
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
  const answer = await call(
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
  const answer = await call(github, 'POST', '/issues', { title: TITLE, body, labels: [LABEL] });
  if (isRecord(answer) && typeof answer['number'] === 'number') return answer['number'];
  throw new Error('GitHub did not say the number of the issue');
}

async function change(github: GitHub, number: number, what: object): Promise<void> {
  await call(github, 'PATCH', `/issues/${number}`, what);
}

function call(github: GitHub, method: string, where: string, content?: object): Promise<unknown> {
  const url = new URL(`${github.api.replace(/\/$/, '')}/repos/${github.repository}${where}`);
  const isLocal = url.protocol === 'http:' && /^(127\.0\.0\.1|localhost)$/.test(url.hostname);
  // A token does not go over a line that others can read.
  if (url.protocol !== 'https:' && !isLocal) return Promise.reject(new Error(`${url.origin} is not https`));
  const options = {
    method,
    timeout: PATIENCE_MS,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${github.token}`,
      'content-type': 'application/json',
      'user-agent': 'ami-bakery',
      'x-github-api-version': '2022-11-28',
    },
  };
  return new Promise((resolve, reject) => {
    const done = (response: http.IncomingMessage): void => {
      resolve(understand(response, `${method} ${url.pathname}`));
    };
    const request = isLocal
      ? http.request(url, options, done)
      : https.request(url, { ...options, agent: github.agent }, done);
    request.on('timeout', () =>
      request.destroy(new Error(`GitHub did not answer within ${PATIENCE_MS / 1000} s`)),
    );
    request.on('error', reject);
    request.end(content === undefined ? undefined : JSON.stringify(content));
  });
}

async function understand(response: http.IncomingMessage, asked: string): Promise<unknown> {
  const text = await read(response);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return parse(text);
  throw new Error(`GitHub answered ${asked} with ${status}: ${reasonOf(text)}`);
}

async function read(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST) throw new Error('GitHub answered with more than 5 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('GitHub did not answer with JSON');
  }
}

function reasonOf(text: string): string {
  const found = /"message"\s*:\s*"([^"]{0,200})"/.exec(text)?.[1];
  return found ?? text.slice(0, 200);
}
