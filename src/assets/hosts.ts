/**
 * GitHub's hosts: those that may serve a redirected download, and where files of a repository are (docs.github.com
 * "Connecting to GitHub behind a firewall"). In 2025, release-assets.githubusercontent.com replaced
 * objects.githubusercontent.com (chainguard-dev/edu pull request 3290); their signed URLs expire after some 300 seconds
 * (DataDog/documentation pull request 24206).
 */

type Env = Readonly<Record<string, string | undefined>>;

export interface GitHubAddresses {
  /** Without a trailing slash, such as https://api.github.com or https://ghe.corp.example/api/v3. */
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

/** Reads GITHUB_API_URL and GITHUB_SERVER_URL, which GitHub Actions sets for an enterprise server. */
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

/** Returns a predicate: whether a download that began at `from` may be redirected to `to`; hosts include ports. */
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
