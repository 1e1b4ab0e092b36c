/** Owns the row that looks for secrets: what they look like, where they would be, and where a key belongs. */
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
  // In the first column: further right stands source code.
  '^([A-Za-z_]+_)?(password|passwd|PASSWORD)[ \t]*=[ \t]*[^ \t$<{]+',
  '^([A-Za-z_]+_)?password:[ \t]+["\']?[^] \t"\'$<{*!&|>#[]{6,}',
];

/** Files in the form of netrc(5); apt's are apt_auth.conf(5). */
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

/** Keys that every image of that kind has, or that a row of their own looks for. */
const ALLOWED = [
  // The row hygiene-access.
  '/etc/ssh/ssh_host_*_key',
  // Public to whoever has the package, trusted by nobody.
  '/etc/ssl/private/ssl-cert-snakeoil.key',
  // What Red Hat's update servers know an EC2 instance by (facts/hardening.md 1.1).
  '/etc/pki/rhui/*',
];

/** Lines of shell patterns: a recipe that wants a secret-like file in its image brings this one as an asset, too. */
const OWN_LIST = '/opt/bakery/allowed-secrets';

/** @param folders of the recipe's own, beside those that every image has */
export function secretsRow(after: string[], folders: readonly string[] = []): RowDraft {
  const roots = [...new Set([...ROOTS, ...folders])];
  return {
    id: 'secrets',
    title: 'no key, token or password in the image',
    because: 'everybody who can start the image could take it out',
    command: `grep -rIlE 'PRIVATE KEY-|A[KS]IA[A-Z0-9]{16}|://[^/@ ]*:[^/@ ]+@' ${roots.join(' ')}`,
    expected: `none, but for the paths that ${OWN_LIST} lists`,
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
