/**
 * Owns GitHub's addresses: which hosts a download may be redirected to, and where files of a repository are served.
 * Hosts: docs.github.com "Connecting to GitHub behind a firewall" and facts T14 (objects.githubusercontent.com became
 * release-assets.githubusercontent.com in 2025; signed addresses of both expire in some 300 seconds).
 */

type Env = Readonly<Record<string, string | undefined>>;

export interface GitHubAddresses {
  /** Without a final slash, such as https://api.github.com or https://ghe.corp.example/api/v3. */
  api: string;
  /** Such as https://github.com. */
  web: string;
  raw(repo: string, commit: string, file: string): string;
}

const STORAGE = [
  'release-assets.githubusercontent.com',
  'objects.githubusercontent.com',
  'objects-origin.githubusercontent.com',
  'github-releases.githubusercontent.com',
  'github-cloud.githubusercontent.com',
  'codeload.github.com',
  'raw.githubusercontent.com',
  'media.githubusercontent.com',
];

/** GITHUB_API_URL and GITHUB_SERVER_URL as GitHub Actions sets them, for an enterprise server. */
export function githubAddresses(env: Env): GitHubAddresses {
  const api = trimmed(env['GITHUB_API_URL']) ?? 'https://api.github.com';
  const web =
    trimmed(env['GITHUB_SERVER_URL']) ??
    (api === 'https://api.github.com' ? 'https://github.com' : new URL(api).origin);
  return {
    api,
    web,
    raw: (repo, commit, file) =>
      web === 'https://github.com'
        ? `https://raw.githubusercontent.com/${repo}/${commit}/${file}`
        : `${web}/raw/${repo}/${commit}/${file}`,
  };
}

/** Host (with a port, where it has one) → whether a download that began at `from` may be sent there. */
export function redirectRule(
  github: GitHubAddresses,
  extra: readonly string[],
): (from: URL, to: URL) => boolean {
  const web = new URL(github.web).host;
  const own = new Set([
    web,
    new URL(github.api).host,
    ...STORAGE,
    `codeload.${web}`,
    `media.${web}`,
    `raw.${web}`,
  ]);
  return (from, to) =>
    to.host === from.host || extra.includes(to.host) || (own.has(from.host) && own.has(to.host));
}

function trimmed(url: string | undefined): string | undefined {
  const text = url?.trim().replace(/\/{1,9}$/, '');
  return text === undefined || text === '' || !URL.canParse(text) ? undefined : text;
}
