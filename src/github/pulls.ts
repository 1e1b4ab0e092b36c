/** Owns our one pull request of a branch: opened, or brought up to date (docs.github.com, "REST API endpoints for pull requests"). */
import { isRecord } from '../util/is-record.ts';
import { askGitHub, type GitHub } from './api.ts';

export interface PullRequest {
  /** In the repository itself, such as bakery/rotate. */
  branch: string;
  /** What it is to be merged into. */
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
 * An open one from that branch is brought up to date, whoever opened it; its title stays as people left it.
 * @throws GitHubRefused, or Error where the connection fails
 */
export async function openPull(github: GitHub, wanted: PullRequest): Promise<Pulled> {
  const [owner = ''] = github.repository.split('/');
  const query = new URLSearchParams({ state: 'open', head: `${owner}:${wanted.branch}`, per_page: '100' });
  const answer = await askGitHub(github, 'GET', `/pulls?${query}`);
  if (!Array.isArray(answer)) throw new Error('GitHub did not answer with a list of pull requests');
  const open = answer
    .filter(isRecord)
    // A server that knows no filter by head lists them all.
    .find(({ head }) => !isRecord(head) || head['ref'] === undefined || head['ref'] === wanted.branch);
  if (open === undefined) {
    const { branch, ...rest } = wanted;
    const made = await askGitHub(github, 'POST', '/pulls', {
      ...rest,
      head: branch,
      maintainer_can_modify: true,
    });
    return { ...read(made), outcome: 'opened' };
  }
  const pulled = read(open);
  const body = typeof open['body'] === 'string' ? open['body'].replaceAll('\r\n', '\n') : '';
  if (body.trim() === wanted.body.trim()) return { ...pulled, outcome: 'unchanged' };
  await askGitHub(github, 'PATCH', `/pulls/${pulled.number}`, { body: wanted.body });
  return { ...pulled, outcome: 'updated' };
}

function read(answer: unknown): { number: number; url: string } {
  if (isRecord(answer) && typeof answer['number'] === 'number' && typeof answer['html_url'] === 'string') {
    return { number: answer['number'], url: answer['html_url'] };
  }
  throw new Error('GitHub did not say which pull request it is');
}

/**
 * `owner/name` of a remote's URL, in the three forms git takes; undefined for a folder.
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
