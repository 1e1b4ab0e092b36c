/**
 * The hosts that may serve a redirected download from GitHub (docs.github.com "Connecting to GitHub behind a firewall").
 * In 2025, release-assets.githubusercontent.com replaced objects.githubusercontent.com (chainguard-dev/edu pull request
 * 3290); their signed URLs expire after some 300 seconds (DataDog/documentation pull request 24206).
 */
import type { GitHubAddresses } from '../github/addresses.ts';

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
