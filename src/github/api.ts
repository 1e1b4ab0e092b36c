/** Calls the REST API of GitHub (docs.github.com, "REST API") with a token, over TLS, with JSON. */
import http from 'node:http';
import https, { type Agent } from 'node:https';

export interface GitHubRepository {
  /** https://api.github.com, or the API of a GitHub Enterprise server. */
  api: string;
  token: string;
  /** `owner/name` */
  repository: string;
  /** The agent with the proxy and the CAs of this machine. */
  agent: Agent;
}

const PATIENCE_MS = 20_000;
const LARGEST = 5_000_000;

/** GitHub answered with an error. */
export class GitHubRefused extends Error {
  /** The HTTP status; 0: no answer. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/**
 * Sends a request below `/repos/OWNER/NAME`.
 * @param where begins with `/`
 * @returns the parsed JSON
 * @throws GitHubRefused with the message of GitHub, or Error if the connection fails
 */
export function callGitHub(
  github: GitHubRepository,
  method: string,
  where: string,
  content?: object,
): Promise<unknown> {
  const url = new URL(`${github.api.replace(/\/$/, '')}/repos/${github.repository}${where}`);
  const isLocal = url.protocol === 'http:' && /^(127\.0\.0\.1|localhost)$/.test(url.hostname);
  // Never send a token over an unencrypted connection.
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
  throw new GitHubRefused(`GitHub answered ${asked} with ${status}: ${reasonOf(text)}`, status);
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
