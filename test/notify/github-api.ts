/** Owns a GitHub API on loopback as far as issues go, for tests: real HTTP, state in memory. */
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

export interface GitHubApi {
  url: string;
  issues: FakeIssue[];
  /** Method and path of each request. */
  asked: string[];
  tokens: Set<string | undefined>;
  /** Status of every answer, when it is to fail. */
  failWith?: number | undefined;
  /** Called before a request is answered. */
  before?: ((asked: string) => void) | undefined;
  close(): void;
}

export async function openGitHubApi(repository: string): Promise<GitHubApi> {
  const api: GitHubApi = { url: '', issues: [], asked: [], tokens: new Set(), close: () => undefined };
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const path = (request.url ?? '').split('?')[0] as string;
      const asked = `${request.method} ${path}`;
      api.asked.push(asked);
      api.tokens.add(request.headers.authorization);
      api.before?.(asked);
      const [status, answer] =
        api.failWith === undefined
          ? act(asked, text)
          : [api.failWith, { message: 'Resource not accessible by integration' }];
      response.writeHead(status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(answer));
    });
  });
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
