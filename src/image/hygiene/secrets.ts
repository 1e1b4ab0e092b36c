/**
 * Builds the row that looks for secrets: their patterns, the folders to search, and the paths that may contain a key.
 */
import type { RowDraft } from '../script.ts';

/** Extended regular expressions of GNU grep. A placeholder (`<password>`, `$TOKEN`, `%(user)s`) is no secret. */
const PATTERNS: readonly string[] = [
  '-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----',
  'PuTTY-User-Key-File-',
  // AWS: IAM user guide, "unique ID prefixes"; a secret key has 40 characters.
  '(^|[^A-Za-z0-9])A[KS]IA[A-Z0-9]{16}([^A-Za-z0-9]|$)',
  '[Ss](ecret|ECRET)_?[Aa](ccess|CCESS)_?[Kk](ey|EY)["\']?[ \t]*[=:][ \t]*["\']?[A-Za-z0-9/+]{40}',
  // GitHub, GitLab, Slack, npm, the Python index, Hugging Face: each documents its prefix.
  'gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}',
  'xox[abeoprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}',
  '(^|:)_(authToken|auth|password)[ \t]*=[ \t]*[^ \t$]+',
  '"(auth|identitytoken|registrytoken)"[ \t]*:[ \t]*"[A-Za-z0-9+/=_.-]{8,}"',
  '[a-z][a-z0-9+.-]*://[^]/@:[:space:]<>"\'(){}*[$]*:[^]/@[:space:]<>"\'(){}*[$]+@[A-Za-z0-9[]',
  // Only in the first column: indented lines are usually source code.
  '^([A-Za-z_]+_)?(password|passwd|PASSWORD)[ \t]*=[ \t]*[^ \t$<{]+',
  '^([A-Za-z_]+_)?password:[ \t]+["\']?[^] \t"\'$<{*!&|>#[]{6,}',
];

/** Files in the format of netrc(5); apt's own are apt_auth.conf(5). */
const NETRC = {
  pattern: '(^|[ \t])(password|account)[ \t]+[^ \t]+',
  paths: ['/etc/apt/auth.conf', '/etc/apt/auth.conf.d/*', '/etc/netrc', '/root/.netrc', '/home/*/.netrc'],
};

const ROOTS = [
  '/etc',
  '/root',
  '/home',
  '/opt/bakery',
  '/srv',
  '/opt/site',
  '/var/lib/cloud',
  '/usr/local/etc',
];

/** Keys that every image of that OS has, or that another row checks. */
const ALLOWED = [
  // The row hygiene-access checks these.
  '/etc/ssh/ssh_host_*_key',
  // It ships in a public package, and no client trusts it.
  '/etc/ssl/private/ssl-cert-snakeoil.key',
  // Client certificates that identify an EC2 instance to Red Hat's update servers (RHUI).
  '/etc/pki/rhui/*',
];

/**
 * One shell pattern per line. A recipe whose image needs a file that looks like a secret adds this file as an asset.
 */
const OWN_LIST = '/opt/bakery/allowed-secrets';

/** @param folders folders of the recipe, in addition to ROOTS */
export function secretsRow(after: string[], folders: readonly string[] = []): RowDraft {
  const roots = [...new Set([...ROOTS, ...folders])];
  return {
    id: 'secrets',
    title: 'the image contains no private key, token or password',
    because: 'anyone who can start the image could read it',
    command: `grep -rIlE 'PRIVATE KEY-|A[KS]IA[A-Z0-9]{16}|://[^/@ ]*:[^/@ ]+@' ${roots.join(' ')}`,
    expected: `none, except at the paths that ${OWN_LIST} lists`,
    needs: { after },
    template: 'secrets',
    context: {
      patterns: PATTERNS.map((pattern) => ({ pattern })),
      netrc: NETRC.pattern,
      netrcPaths: NETRC.paths.map((path) => ({ path })),
      roots: roots.map((path) => ({ path })),
      allowed: ALLOWED.map((path) => ({ path })),
      ownList: OWN_LIST,
    },
  };
}
