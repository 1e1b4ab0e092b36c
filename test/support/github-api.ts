/** Serves the part of the GitHub API for issues and pull requests on loopback, with its state in memory. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeIssue {
  number: number;
  title: string;
  body: string;
  state: string;
  labels: string[];
  state_reason?: string;
}

export interface FakePull {
  number: number;
  title: string;
  body: string;
  state: string;
  head: { ref: string };
  base: { ref: string };
  html_url: string;
}

export interface GitHubApi {
  url: string;
  issues: FakeIssue[];
  pulls: FakePull[];
  /** The method and path of each request. */
  asked: string[];
  tokens: Set<string | undefined>;
  /** The status of every answer, to make requests fail. */
  failWith?: number | undefined;
  /** Called before each answer. */
  before?: ((asked: string) => void) | undefined;
  close(): void;
}

export async function openGitHubApi(repository: string): Promise<GitHubApi> {
  const api: GitHubApi = {
    url: '',
    issues: [],
    pulls: [],
    asked: [],
    tokens: new Set(),
    close: () => undefined,
  };
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const [path = '', query = ''] = (request.url ?? '').split('?');
      const asked = `${request.method} ${path}`;
      api.asked.push(asked);
      api.tokens.add(request.headers.authorization);
      api.before?.(asked);
      const [status, answer] =
        api.failWith === undefined
          ? path.includes('/pulls')
            ? actOnPulls(asked, new URLSearchParams(query), text)
            : act(asked, text)
          : [api.failWith, { message: 'Resource not accessible by integration' }];
      response.writeHead(status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(answer));
    });
  });
  function actOnPulls(asked: string, query: URLSearchParams, text: string): [number, unknown] {
    const root = `/repos/${repository}/pulls`;
    const [owner] = repository.split('/');
    const given = (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
    if (asked === `GET ${root}`) {
      const open = api.pulls.filter(({ state }) => state === 'open');
      return [200, open.filter(({ head }) => `${owner}:${head.ref}` === query.get('head'))];
    }
    const number = api.pulls.length + 1;
    if (asked === `POST ${root}`) {
      const { title = '', body = '', head = '', base = '' } = given;
      const pull = { number, title, body, state: 'open', head: { ref: head }, base: { ref: base } };
      api.pulls.push({ ...pull, html_url: `https://github.example/${repository}/pull/${number}` });
      return [201, api.pulls.at(-1)];
    }
    const pull = api.pulls.find((one) => asked === `PATCH ${root}/${one.number}`);
    return pull ? [200, Object.assign(pull, given)] : [404, { message: 'Not Found' }];
  }
  function act(asked: string, text: string): [number, unknown] {
    const root = `/repos/${repository}/issues`;
    const given = (text === '' ? {} : JSON.parse(text)) as Partial<FakeIssue>;
    if (asked === `GET ${root}`) return [200, api.issues.filter(({ state }) => state === 'open')];
    if (asked === `POST ${root}`) {
      const issue = {
        number: api.issues.length + 1,
        state: 'open',
        title: '',
        body: '',
        labels: [],
        ...given,
      };
      api.issues.push(issue);
      return [201, issue];
    }
    const issue = api.issues.find(({ number }) => asked === `PATCH ${root}/${number}`);
    if (!issue) return [404, { message: 'Not Found' }];
    return [200, Object.assign(issue, given)];
  }
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return api;
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
