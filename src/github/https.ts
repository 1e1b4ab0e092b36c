/** Sends requests to GitHub with a token, over TLS only. */
import http from 'node:http';
import https, { type Agent } from 'node:https';
import { mayCarryToken } from './addresses.ts';
import { GitHubRefused, type GitHubRequest, type GitHubTransport } from './api.ts';

const PATIENCE_MS = 20_000;
const LARGEST = 5_000_000;

/**
 * @param agent with the proxy and the CAs of this machine
 * @returns a transport that throws GitHubRefused with the message of GitHub, or Error if the connection fails
 */
export function httpsTransport({ token, agent }: { token: string; agent: Agent }): GitHubTransport {
  return (request) => send(request, token, agent);
}

function send(
  { method, url, headers, content }: GitHubRequest,
  token: string,
  agent: Agent,
): Promise<string> {
  if (!mayCarryToken(url)) return Promise.reject(new Error(`${url.origin} is not https`));
  const isLocal = url.protocol === 'http:';
  const options = {
    method,
    timeout: PATIENCE_MS,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'user-agent': 'ami-bakery',
    },
  };
  return new Promise((resolve, reject) => {
    const done = (response: http.IncomingMessage): void => {
      resolve(textOf(response, `${method} ${url.pathname}`));
    };
    const request = isLocal
      ? http.request(url, options, done)
      : https.request(url, { ...options, agent }, done);
    request.on('timeout', () =>
      request.destroy(new Error(`GitHub did not answer within ${PATIENCE_MS / 1000} s`)),
    );
    request.on('error', reject);
    request.end(content);
  });
}

async function textOf(response: http.IncomingMessage, asked: string): Promise<string> {
  const text = await read(response);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return text;
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

function reasonOf(text: string): string {
  const found = /"message"\s*:\s*"([^"]{0,200})"/.exec(text)?.[1];
  return found ?? text.slice(0, 200);
}
