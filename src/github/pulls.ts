/** Opens or updates the one pull request of a branch (docs.github.com, "REST API endpoints for pull requests"). */
import { isRecord } from '../util/is-record.ts';
import { callGitHub, type GitHubRepository } from './api.ts';

export interface PullRequest {
  /** A branch of the repository itself, such as bakery/rotate. */
  branch: string;
  /** The branch to merge it into. */
  base: string;
  title: string;
  /** Markdown. */
  body: string;
}

export interface Pulled {
  number: number;
  url: string;
  outcome: 'opened' | 'updated' | 'unchanged';
}

/**
 * Opens the pull request, or updates the body of an open one from the same branch, even if another user opened it. The
 * title of an existing pull request stays.
 * @throws GitHubRefused, or Error if the connection fails
 */
export async function openPull(github: GitHubRepository, wanted: PullRequest): Promise<Pulled> {
  const [owner = ''] = github.repository.split('/');
  const query = new URLSearchParams({ state: 'open', head: `${owner}:${wanted.branch}`, per_page: '100' });
  const answer = await callGitHub(github, 'GET', `/pulls?${query}`);
  if (!Array.isArray(answer)) throw new Error('GitHub did not answer with a list of pull requests');
  const open = answer
    .filter(isRecord)
    // A server that does not support the filter by head lists all of them.
    .find(({ head }) => !isRecord(head) || head['ref'] === undefined || head['ref'] === wanted.branch);
  if (open === undefined) {
    const { branch, ...rest } = wanted;
    const made = await callGitHub(github, 'POST', '/pulls', {
      ...rest,
      head: branch,
      maintainer_can_modify: true,
    });
    return { ...read(made), outcome: 'opened' };
  }
  const pulled = read(open);
  const body = typeof open['body'] === 'string' ? open['body'].replaceAll('\r\n', '\n') : '';
  if (body.trim() === wanted.body.trim()) return { ...pulled, outcome: 'unchanged' };
  await callGitHub(github, 'PATCH', `/pulls/${pulled.number}`, { body: wanted.body });
  return { ...pulled, outcome: 'updated' };
}

function read(answer: unknown): { number: number; url: string } {
  if (isRecord(answer) && typeof answer['number'] === 'number' && typeof answer['html_url'] === 'string') {
    return { number: answer['number'], url: answer['html_url'] };
  }
  throw new Error('the answer of GitHub does not contain the number of the pull request');
}

/**
 * `owner/name` from the URL of a remote, in the three forms that git accepts; undefined for a folder.
 * @param url without a login
 */
export function repositoryOf(url: string): { host: string; repository: string } | undefined {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(url);
  const parsed = scp ? undefined : URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:') return undefined;
  const host = scp?.[1] ?? parsed?.host;
  const path = (scp?.[2] ?? parsed?.pathname ?? '').replace(/^\/+/, '').replace(/(\.git)?\/*$/, '');
  if (host === undefined || host === '' || !/^[\w.-]+\/[\w.-]+$/.test(path)) return undefined;
  return { host, repository: path };
}
