/** The addresses of GitHub: github.com, or the enterprise server that the environment names. */
import type { Env } from '../util/env.ts';

export const PUBLIC_API = 'https://api.github.com';

export interface GitHubAddresses {
  /** Without a trailing slash, such as https://api.github.com or https://ghe.corp.example/api/v3. */
  api: string;
  /** Such as https://github.com. */
  web: string;
  raw(repo: string, commit: string, file: string): string;
}

/** Reads GITHUB_API_URL and GITHUB_SERVER_URL, which GitHub Actions sets for an enterprise server. */
export function githubAddresses(env: Env): GitHubAddresses {
  const api = trimmed(env['GITHUB_API_URL']) ?? PUBLIC_API;
  const web =
    trimmed(env['GITHUB_SERVER_URL']) ?? (api === PUBLIC_API ? 'https://github.com' : new URL(api).origin);
  return {
    api,
    web,
    raw: (repo, commit, file) =>
      web === 'https://github.com'
        ? `https://raw.githubusercontent.com/${repo}/${commit}/${file}`
        : `${web}/raw/${repo}/${commit}/${file}`,
  };
}

/** Whether a token may go to an address: over TLS, or to this machine. */
export function mayCarryToken({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|localhost)$/.test(hostname));
}

function trimmed(url: string | undefined): string | undefined {
  const text = url?.trim().replace(/\/{1,9}$/, '');
  return text === undefined || text === '' || !URL.canParse(text) ? undefined : text;
}
