/** Calls the REST API of GitHub (docs.github.com, "REST API"). How a request is sent is up to the caller's transport. */

export interface GitHubRequest {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** JSON; undefined: no body. */
  content: string | undefined;
}

/** Sends a request and returns the body of a successful response; throws for any other response. */
export type GitHubTransport = (request: GitHubRequest) => Promise<string>;

/** One repository of a GitHub. */
export interface GitHubRepository {
  /** https://api.github.com, or the API of a GitHub Enterprise server. */
  api: string;
  /** `owner/name` */
  repository: string;
  send: GitHubTransport;
}

/** GitHub answered with an error. */
export class GitHubRefused extends Error {
  /** The HTTP status. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** GitHub answered with a text that is not JSON. */
export class GitHubNotJson extends Error {}

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };

/**
 * Sends a request below `/repos/OWNER/NAME`.
 * @param where begins with `/`
 * @returns the parsed JSON
 * @throws GitHubNotJson; what the transport throws
 */
export async function callGitHub(
  { api, repository, send }: GitHubRepository,
  method: string,
  where: string,
  content?: object,
): Promise<unknown> {
  const url = new URL(`${api.replace(/\/$/, '')}/repos/${repository}${where}`);
  const text = await send({
    method,
    url,
    headers: HEADERS,
    content: content === undefined ? undefined : JSON.stringify(content),
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new GitHubNotJson('GitHub did not answer with JSON');
  }
}
