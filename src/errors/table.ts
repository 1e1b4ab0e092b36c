/**
 * The table of every error a user can see: code → exit code, message and next step. A code is never reused with
 * another meaning. `message` says what was found and what was expected; `hint` says what to do next; `about` is what
 * `bake explain CODE` adds.
 */
import { remedyOf } from './system.ts';

/** 1 a check found differences · 2 bad input · 3 the environment refused · 4 remote work failed · 70 our bug · 130 interrupted */
export type ExitCode = 1 | 2 | 3 | 4 | 70 | 130;

interface Row<C> {
  exit: ExitCode;
  title: string;
  message(context: C): string;
  hint(context: C): string;
  about?: string;
}

function row<C>(definition: Row<C>): Row<C> {
  return definition;
}

/** The host of a URL, which is all that a firewall team needs. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** The files that a user writes: the command that prints the commented example of each. */
const EXAMPLES = {
  bakery: '`bake explain bakery.yaml`',
  recipe: '`bake explain recipe.yaml`',
  assets: '`bake explain assets.yaml`',
  expect: '`bake explain expect.yaml`',
} as const;

export type FileKind = keyof typeof EXAMPLES;

/** What to do about a plan file that was made elsewhere, by what differs. */
const FOREIGN: Readonly<Record<string, string>> = {
  bake: 'apply the plan with the version of bake that made it, or make a new plan with this one',
  'the command': 'give the file to the command that it was made for',
  account: 'sign in to the account of the plan, or make a new plan in this one',
  Region: 'apply the plan in its Region, or make a new plan',
  'the refresh period': 'a plan is valid for its refresh period only: make a new one and have it approved',
};

export const errorTable = {
  // ── the command line ────────────────────────────────────────────────────────────────────────────────────────
  USAGE: row<{ message: string; command: string }>({
    exit: 2,
    title: 'The command line is not valid',
    message: (c) => c.message,
    hint: (c) =>
      `\`${['bake', c.command, '--help'].filter(Boolean).join(' ')}\` lists the options and shows an example`,
  }),
  CONFIRMATION_REQUIRED: row<{ command: string; writes: readonly string[]; takesFile: boolean }>({
    exit: 2,
    title: 'The command needs a confirmation',
    message: (c) =>
      [
        `bake ${c.command} asks before it writes, and nobody can answer here; it would write:`,
        ...c.writes.map((write) => `  ${write}`),
      ].join('\n'),
    hint: (c) =>
      `nothing was written; add --yes, or run it at a terminal${c.takesFile ? `, or save the plan with --out FILE and apply it with \`bake ${c.command} --plan FILE\`` : ''}`,
    about:
      'promote, publish, rollback and reap change what others use, so they ask. The main job and rotate do not ask where nobody is at a terminal, because schedulers start them.',
  }),
  NOTHING_NAMED: row<object>({
    exit: 2,
    title: 'No target was named',
    message: () => 'no target was named: neither --os nor --all was given',
    hint: () => 'run `bake --os alinux2` for one OS, or `bake --all` for every target in bakery.yaml',
  }),
  TARGET_NOT_LISTED: row<{ wanted: string; listed: string[] }>({
    exit: 2,
    title: 'The target is not in bakery.yaml',
    message: (c) => `bakery.yaml has no target ${c.wanted}; it lists: ${c.listed.join(', ') || 'none'}`,
    hint: () => 'add the target under targets:, or name one that is listed',
  }),
  TARGET_TWICE: row<{ target: string }>({
    exit: 2,
    title: 'A target is listed twice',
    message: (c) => `${c.target} is listed twice; both entries would publish to the same parameter`,
    hint: () => 'remove one of the entries, or give them different versions or architectures',
  }),
  UNKNOWN_CODE: row<{ code: string; near: string[] }>({
    exit: 2,
    title: 'There is no such error code',
    message: (c) => `there is no error code, shipped recipe or example ${c.code}`,
    hint: (c) =>
      c.near.length > 0 ? `did you mean ${c.near.join(' or ')}?` : '`bake explain` lists all of them',
  }),

  // ── bakery.yaml, recipes, assets.yaml ───────────────────────────────────────────────────────────────────────
  CONFIG_MISSING: row<{ file: string; searched?: string | undefined }>({
    exit: 2,
    title: 'There is no bakery.yaml',
    message: (c) =>
      c.searched === undefined ? `there is no ${c.file}` : `there is no bakery.yaml ${c.searched}`,
    hint: (c) =>
      c.searched === undefined
        ? 'fix the path of --config; `bake init` writes a commented bakery.yaml into the current folder'
        : '`bake init` writes a commented example; `bake --os alinux2 --sandbox` runs the whole job without a bakery.yaml',
  }),
  CONFIG_SYNTAX: row<{ message: string }>({
    exit: 2,
    title: 'The file is not valid YAML',
    message: (c) => `not valid YAML: ${c.message}`,
    hint: () => 'fix the marked place and run the same command again; the rest of the file was not read',
  }),
  CONFIG_KEY_UNKNOWN: row<{ key: string; known: string[]; near: string | undefined }>({
    exit: 2,
    title: 'The file has an unknown key',
    message: (c) => `unknown key ${c.key}`,
    hint: (c) => (c.near ? `did you mean ${c.near}?` : `the keys here are: ${c.known.join(', ')}`),
  }),
  CONFIG_VALUE: row<{ path: string; expected: string; found: string; kind?: FileKind | undefined }>({
    exit: 2,
    title: 'The file has an invalid value',
    message: (c) => `${c.path}: expected ${c.expected}, found ${c.found}`,
    hint: (c) => `${EXAMPLES[c.kind ?? 'bakery'] ?? EXAMPLES.bakery} shows a commented example`,
  }),
  CONFIG_CHOICE: row<{ path: string; found: string; known: string[]; near: string | undefined }>({
    exit: 2,
    title: 'The file has a value that is not one of the allowed values',
    message: (c) => `${c.path}: expected one of ${c.known.join(', ')}, found ${c.found}`,
    hint: (c) => (c.near ? `did you mean ${c.near}?` : `write one of: ${c.known.join(', ')}`),
  }),
  CONFIG_ENV: row<{ name: string; path: string }>({
    exit: 2,
    title: 'A value is taken from an environment variable that is not set',
    message: (c) => `${c.path} takes its value from \${env:${c.name}}, which is not set`,
    hint: (c) => `set ${c.name}, or write the value into the file`,
  }),
  FILE_MISSING: row<{ path: string; what: string }>({
    exit: 2,
    title: 'A file that the configuration or the command line names does not exist',
    message: (c) => `${c.what}: ${c.path} does not exist`,
    hint: (c) =>
      c.what.startsWith('--') || /^FILES?$/.test(c.what)
        ? 'fix the path, or create the file; paths on the command line are relative to the current folder'
        : 'fix the path, or create the file; paths are relative to the folder of bakery.yaml',
  }),
  SHIPPED_UNKNOWN: row<{
    kind: 'recipe' | 'expect';
    name: string;
    known: string[];
    near: string | undefined;
  }>({
    exit: 2,
    title: 'No shipped recipe or list of expectations has this name',
    message: (c) =>
      `${c.kind}: bake ships no ${c.kind === 'recipe' ? 'recipe' : 'list of expectations'} named ${c.name}; it ships ${c.known.join(', ')}`,
    hint: (c) =>
      `${c.near === undefined ? '' : `did you mean ${c.near}? `}a file of your own is written with its folder or its extension, such as ./${c.name} or recipes/${c.name}.yaml`,
    about:
      'A name without a slash and without an extension means a file of the package: recipes/NAME.yaml for a recipe, recipes/expect/NAME.yaml for expectations. bake explain NAME shows a shipped recipe. Everything else is a path from the folder of bakery.yaml.',
  }),
  FILE_UNREADABLE: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'A file cannot be read',
    message: (c) => `${c.path} cannot be read: ${c.reason}`,
    hint: (c) =>
      c.reason.startsWith('it is ')
        ? 'name a file, or a pattern such as certs/*.pem where several files are allowed'
        : (remedyOf(c.reason) ?? 'check the owner and the mode of the file'),
  }),
  PROXY_GLOBAL: row<{ found: string; known: readonly string[] }>({
    exit: 2,
    title: 'A proxy for everything does not survive the first boot of a node',
    message: (c) =>
      `proxy.for: expected a list of the tools and repositories that need the proxy, found ${c.found}`,
    hint: (c) => `list what needs the proxy: ${c.known.join(', ')}, or repository ids such as epel`,
    about:
      'At its first boot a ParallelCluster node appends proxy= to dnf.conf (or yum.conf, apt.conf). The value is empty if the cluster has no proxy, so the node discards a global proxy from the image. A proxy that is set for a single repository or tool stays.',
  }),
  MIRROR_CREDENTIALS: row<{ path: string; url: string }>({
    exit: 2,
    title: 'A URL that goes into the image holds a password',
    message: (c) =>
      `${c.path}: the URL ${c.url} holds a user name or password, which would be baked into the image`,
    hint: () => 'remove the login from the URL, and allow the build subnet on that server without a login',
  }),
  MIRROR_LAYOUT: row<{ os: string; repos: readonly string[] }>({
    exit: 2,
    title: 'A repository has no mirror path',
    message: (c) =>
      `mirrors: layout custom needs a path for every repository, and mirrors.repos has none for ${c.repos.join(', ')} of ${c.os}`,
    hint: (c) =>
      `for each of them write mirrors.repos: { ${c.repos[0]}: { path: /… } } or { enabled: false }, or choose a layout that has paths of its own`,
  }),
  MIRROR_KEY: row<{ repo: string; reason: string }>({
    exit: 2,
    title: 'The key of a mirrored repository cannot be used',
    message: (c) => `mirrors.repos.${c.repo}.gpgKey: ${c.reason}`,
    hint: () => 'export the public key of the mirror (gpg --export --armor KEY) and name that file in gpgKey',
  }),

  // ── targets ─────────────────────────────────────────────────────────────────────────────────────────────────
  OS_UNKNOWN: row<{ os: string; known: string[]; near: string | undefined }>({
    exit: 2,
    title: 'The OS id is unknown',
    message: (c) => `${c.os} is not an OS id of ParallelCluster${c.near ? `; did you mean ${c.near}?` : ''}`,
    hint: (c) => `the OS ids are: ${c.known.join(', ')}`,
  }),
  OS_LEGACY: row<{ os: string; known: string[] }>({
    exit: 2,
    title: 'bake no longer bakes this OS',
    message: (c) => `${c.os} is past its end of life, and bake only rotates its images`,
    hint: (c) => `bake one of: ${c.known.join(', ')}`,
  }),
  VERSION_UNKNOWN: row<{ version: string; near: string[]; known: readonly string[] }>({
    exit: 2,
    title: 'There is no such ParallelCluster release',
    message: (c) => `ParallelCluster ${c.version} was never released`,
    hint: (c) =>
      `the nearest releases are: ${c.near.join(', ')}; the releases with this OS: ${c.known.join(', ')}`,
  }),
  VERSION_WITHOUT_OS: row<{
    os: string;
    version: string;
    first: string;
    last: string | null;
    known: readonly string[];
  }>({
    exit: 2,
    title: 'The ParallelCluster release does not support this OS',
    message: (c) =>
      `ParallelCluster ${c.version} does not support ${c.os}; expected ${c.first} ${c.last ? `to ${c.last}` : 'or later'}`,
    hint: (c) =>
      `omit the version to get ${c.last ?? 'the newest release'}, or name one of: ${c.known.join(', ')}`,
  }),
  ARCH_UNKNOWN: row<{ os: string; arch: string; known: readonly string[] }>({
    exit: 2,
    title: 'The OS does not exist for this architecture',
    message: (c) => `${c.os} does not exist for ${c.arch}`,
    hint: (c) => `choose one of: ${c.known.join(', ')}`,
  }),
  REGION_UNKNOWN: row<{ region: string; near: string[] }>({
    exit: 2,
    title: 'ParallelCluster has no images in this Region',
    message: (c) => `ParallelCluster has no official images in Region ${c.region}`,
    hint: (c) =>
      c.near.length > 0
        ? `did you mean ${c.near.join(' or ')}?`
        : 'choose a Region that ParallelCluster supports, or set base: to an AMI id',
  }),
  BASE_NEEDED: row<{ os: string }>({
    exit: 2,
    title: 'This OS has no official image',
    message: (c) => `${c.os} has no official ParallelCluster image, so it needs a base image of your own`,
    hint: () => 'build an image with pcluster build-image, and name it in bakery.yaml: base: ami-…',
  }),
  BASE_NOT_FOUND: row<{ what: string; region: string }>({
    exit: 4,
    title: 'No base image was found',
    message: (c) => `${c.what} was not found in ${c.region}`,
    hint: () =>
      'check the AMI id, the Region and the sharing; `bake images` lists the images that this account can see',
  }),
  BASE_UNFIT: row<{ id: string; reason: string }>({
    exit: 4,
    title: 'The base image does not fit the target',
    message: (c) => `base image ${c.id} does not fit: ${c.reason}`,
    hint: () => 'name an image that ParallelCluster built for this OS, architecture and version',
  }),

  // ── certificates ────────────────────────────────────────────────────────────────────────────────────────────
  CA_EMPTY: row<{ path: string }>({
    exit: 2,
    title: 'A CA file contains no certificate',
    message: (c) =>
      `${c.path} contains no certificate; expected one or more blocks that start with -----BEGIN CERTIFICATE-----`,
    hint: () => 'name a file with CA certificates in PEM or DER',
  }),
  CA_PRIVATE_KEY: row<{ path: string }>({
    exit: 2,
    title: 'A CA file contains a private key',
    message: (c) => `${c.path} contains a PRIVATE KEY, which would become world-readable in every image`,
    hint: () => 'remove the key from the file; if anybody else had access to it, revoke the certificate',
  }),
  CA_UNPARSABLE: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'A certificate cannot be read',
    message: (c) => `a certificate in ${c.path} cannot be read: ${c.reason}`,
    hint: () => 'check the file with: openssl x509 -in FILE -noout -text',
  }),
  CA_STRAY: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'Text in a CA file may be a certificate that would be lost',
    message: (c) => `${c.path} has ${c.reason}`,
    hint: () =>
      'put -----BEGIN CERTIFICATE----- and -----END CERTIFICATE----- each on a line of its own around the base64, start comments with #, or remove the text',
  }),
  CA_STORE: row<{ path: string; form: string; command: string }>({
    exit: 2,
    title: 'A CA file is a key store',
    message: (c) => `${c.path} is a ${c.form}; expected certificates as PEM or DER`,
    hint: (c) => `export the CAs, and name the exported file: ${c.command.replaceAll('FILE', () => c.path)}`,
  }),
  CA_LEAF: row<{ path: string; subject: string }>({
    exit: 2,
    title: 'A CA file contains a server certificate',
    message: (c) =>
      `${c.path}: ${c.subject} is not a CA (no CA:TRUE); curl would trust it, Node and Java would not`,
    hint: () => 'replace it with the root CA that issued it',
  }),
  CA_EXPIRED: row<{ path: string; subject: string; on: string }>({
    exit: 2,
    title: 'A CA certificate has expired',
    message: (c) => `${c.path}: ${c.subject} expired on ${c.on}`,
    hint: () => 'ask your security team for the successor, and replace the certificate',
  }),
  CA_EXPIRES_SOON: row<{ path: string; subject: string; on: string; left: number; lifeDays: number }>({
    exit: 2,
    title: 'A CA certificate expires while the image is in use',
    message: (c) =>
      `${c.path}: ${c.subject} expires on ${c.on}, in ${c.left} ${c.left === 1 ? 'day' : 'days'}; the image is in use for ${c.lifeDays} days`,
    hint: () => 'replace it with its successor, or lower image.lifeDays in bakery.yaml',
  }),
  CA_NOT_YET: row<{ path: string; subject: string; on: string }>({
    exit: 2,
    title: 'A CA certificate is not valid yet',
    message: (c) => `${c.path}: ${c.subject} is valid only from ${c.on}`,
    hint: () => 'wait until that date, or use the CA certificate that is valid now',
  }),
  CA_REQUEST: row<{ path: string }>({
    exit: 2,
    title: 'A CA file contains a certificate request',
    message: (c) => `${c.path} contains a CERTIFICATE REQUEST, which is not signed, so nothing trusts it`,
    hint: () => 'replace it with the certificate that was issued for it',
  }),
  CA_PURPOSE: row<{ path: string; subject: string }>({
    exit: 2,
    title: 'A CA certificate is not for TLS servers',
    message: (c) =>
      `${c.path}: the extended key usage of ${c.subject} does not include TLS servers (serverAuth)`,
    hint: () => 'name the CA that signs the certificates of your servers',
  }),
  CA_TWICE: row<{ path: string; subject: string; first: string; count: number }>({
    exit: 2,
    title: 'A CA certificate is listed twice',
    message: (c) =>
      c.count === 1
        ? `${c.path}: ${c.subject} is already in ${c.first}`
        : `${c.path}: ${c.count} certificates are already in ${c.first}; the first of them is ${c.subject}`,
    hint: () => 'remove one of the two; if you meant another CA, add that one',
  }),
  CA_NO_ROOT: row<{ path: string; subject: string; issuer: string }>({
    exit: 2,
    title: 'A CA certificate is an intermediate without its root',
    message: (c) =>
      `${c.path}: ${c.subject} was signed by ${c.issuer}, which is neither among the listed certificates nor a public root; curl would accept it, Java and Python would not`,
    hint: () => 'add the root of its chain',
  }),
  CA_WEAK: row<{ path: string; subject: string; reason: string }>({
    exit: 2,
    title: 'A CA certificate is too weak',
    message: (c) => `${c.path}: ${c.subject} is too weak: ${c.reason}`,
    hint: () =>
      'ask your security team for a root with RSA ≥ 2048 or EC ≥ P-256 and a SHA-2 signature; EL9 refuses weaker ones',
  }),

  // ── rendering, assets, scripts ──────────────────────────────────────────────────────────────────────────────
  TEMPLATE_VALUE: row<{ template: string; reason: string }>({
    exit: 70,
    title: 'A template uses a value that does not exist',
    message: (c) => `template ${c.template}: ${c.reason}`,
    hint: () => 'this is a bug of bake; please report it with the command',
  }),
  ASSET_DIGEST: row<{ name: string; expected: string; found: string }>({
    exit: 2,
    title: 'The digest of an asset does not match',
    message: (c) => `asset ${c.name}: expected sha256 ${c.expected}, the file has ${c.found}`,
    hint: () => 'fetch the file again; change the digest only when you know why it differs',
  }),
  ASSET_LOCK_SYNTAX: row<{ file: string; reason: string }>({
    exit: 2,
    title: 'The lock file cannot be read',
    message: (c) => `${c.file} is not a lock file of bake assets: ${c.reason}`,
    hint: () => 'restore the last good version from git, or delete the file and run `bake assets lock`',
  }),
  ASSET_LOCK_STALE: row<{ file: string; names: string[] }>({
    exit: 2,
    title: 'The lock file does not match assets.yaml',
    message: (c) => `${c.file} does not match assets.yaml for: ${c.names.join(', ')}`,
    hint: () =>
      'run `bake assets lock` on a machine that reaches GitHub, review what it shows, and commit the file',
  }),
  ASSET_NOT_FETCHED: row<{ name: string; store: string }>({
    exit: 2,
    title: 'An asset is not in the store',
    message: (c) => `asset ${c.name} is locked, but ${c.store} does not contain it`,
    hint: () => 'run `bake assets fetch` first',
  }),
  ASSET_NOT_FOUND: row<{ name: string; url: string; status: number; found: string }>({
    exit: 4,
    title: 'An asset was not found at its source',
    message: (c) => `asset ${c.name}: ${c.url} answers ${c.status}${c.found === '' ? '' : `: ${c.found}`}`,
    hint: () =>
      'check the repository, the tag and the file name on GitHub; a private repository needs GITHUB_TOKEN',
  }),
  ASSET_CHANGED: row<{ name: string; url: string; expected: string; found: string; sameTree: boolean }>({
    exit: 4,
    title: 'An asset has changed since it was locked',
    message: (c) =>
      `asset ${c.name}: ${c.url} has sha256 ${c.found}, expected ${c.expected} from the lock file${c.sameTree ? '; the files inside are the same, only the compression differs' : ''}`,
    hint: (c) =>
      c.sameTree
        ? `run \`bake assets lock --update ${c.name}\` to lock the new compression`
        : `the download was deleted; find out why the asset changed before you run \`bake assets lock --update ${c.name}\``,
  }),
  ASSET_LENGTH: row<{ name: string; url: string; expected: number; found: number }>({
    exit: 4,
    title: 'An asset has another length than the lock file says',
    message: (c) =>
      `asset ${c.name}: ${c.url} has ${c.found} bytes, expected ${c.expected} from the lock file`,
    hint: (c) =>
      `the download was deleted; either a proxy truncates or scans downloads, or the asset was replaced (\`bake assets lock --update ${c.name}\` shows which)`,
  }),
  ASSET_TLS_RESET: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'A firewall resets the TLS handshake',
    message: (c) => `the connection to ${c.host} was reset during the TLS handshake: ${c.reason}`,
    hint: (c) =>
      `a firewall that filters by SNI does this; ask its team to allow TLS with SNI ${c.host}, port 443, from this machine`,
  }),
  ASSET_TLS_CA: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'The certificate of a server is not trusted',
    message: (c) => `this machine does not trust the certificate of ${c.host}: ${c.reason}`,
    hint: (c) =>
      `a proxy that inspects TLS does this; ask its team for the CA certificate and name it under trust: in bakery.yaml (or in NODE_EXTRA_CA_CERTS), or ask them to exempt ${c.host} from inspection`,
  }),
  ASSET_PROXY_PAGE: row<{ url: string; status: number; page: string }>({
    exit: 3,
    title: 'The download of an asset returned a web page',
    message: (c) =>
      `${c.url} answers ${c.status} with a web page instead of the file${c.page === '' ? '' : `: "${c.page}"`}`,
    hint: (c) =>
      `a proxy returned its own page; send its team the text of the page and the time, and ask them to allow downloads from ${hostOf(c.url)}`,
  }),
  ASSET_PROXY_REFUSED: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'The proxy refused a connection',
    message: (c) => `the proxy refused a tunnel to ${c.host}: ${c.reason}`,
    hint: (c) =>
      `ask the proxy's team to allow CONNECT ${/:\d+$/.test(c.host) ? c.host : `${c.host}:443`}, or which login the proxy needs`,
  }),
  ASSET_STALLED: row<{ url: string; seconds: number; bytes: number }>({
    exit: 3,
    title: 'A download stalled',
    message: (c) => `${c.url}: only ${c.bytes} bytes arrived in ${c.seconds} seconds`,
    hint: (c) =>
      `run the same command again, and it resumes the download; if it stalls each time, ask your network team whether a proxy scans or throttles ${hostOf(c.url)}`,
  }),
  ASSET_UNREACHABLE: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'The source of an asset cannot be reached',
    message: (c) => `${c.host} cannot be reached: ${c.reason}`,
    hint: (c) =>
      `check HTTPS_PROXY and DNS; allow ${c.host} in the firewall, or name a mirror under sources: in assets.yaml`,
  }),
  ASSET_RATE_LIMIT: row<{ host: string; reset: string; token: boolean }>({
    exit: 3,
    title: 'The rate limit of GitHub is used up',
    message: (c) => `${c.host} accepts no more requests until ${c.reset}`,
    hint: (c) =>
      c.token
        ? 'run the same command again after that time'
        : 'run the same command again after that time, or set GITHUB_TOKEN, which raises the limit about eighty times',
  }),
  ASSET_REDIRECT: row<{ url: string; to: string }>({
    exit: 3,
    title: 'An asset redirects to an unexpected host',
    message: (c) => `${c.url} redirects to ${c.to}, which is not a host that GitHub serves assets from`,
    hint: (c) =>
      `if you trust that host (such as your own GitHub server), add ${c.to} to redirects: in assets.yaml`,
  }),
  ASSET_SERVER: row<{ url: string; status: number; found: string }>({
    exit: 3,
    title: 'The source of an asset returned an error',
    message: (c) => `${c.url} answers ${c.status}${c.found === '' ? '' : `: ${c.found}`}`,
    hint: () => 'run the same command again later, and it resumes the download',
  }),
  ASSET_ARCHIVE: row<{ name: string; entry: string; reason: string }>({
    exit: 2,
    title: 'An archive is not safe to unpack',
    message: (c) => `asset ${c.name}: ${c.entry === '' ? '' : `${c.entry}: `}${c.reason}`,
    hint: () =>
      'nothing was unpacked; change the limits under unpack: in assets.yaml (strip, setuid, mebibytes) if you trust the archive',
  }),
  ASSET_TOO_LARGE: row<{ name: string; size: number; limit: number }>({
    exit: 2,
    title: 'An asset is too large for an image',
    message: (c) => `asset ${c.name} has ${c.size} bytes in the image; the limit is ${c.limit}`,
    hint: () =>
      'set image: false and let nodes fetch the asset from the mirror (`bake assets mirror --to PLACE`), or unpack less of it',
  }),
  ASSET_AMBIGUOUS: row<{ name: string; asked: string; found: string[] }>({
    exit: 2,
    title: 'The file name does not match exactly one file of the release',
    message: (c) =>
      `asset ${c.name}: ${c.asked} matches ${c.found.length} files of the release, expected one`,
    hint: (c) => `name the file exactly; the candidates are: ${c.found.slice(0, 20).join(', ') || 'none'}`,
  }),
  ASSET_STORE_HELD: row<{ store: string; owner: string }>({
    exit: 3,
    title: 'Another process uses the asset store',
    message: (c) => `${c.owner} holds the lock of ${c.store}`,
    hint: () => 'wait until it ends, then run the same command again',
  }),
  ASSET_GIT: row<{ name: string; reason: string }>({
    exit: 4,
    title: 'git could not fetch a repository',
    message: (c) => `asset ${c.name}: ${c.reason}`,
    hint: () => 'run the same git command by hand to see more; git uses HTTPS_PROXY and http.sslCAInfo',
  }),
  PROGRAM_MISSING: row<{ program: string; purpose: string }>({
    exit: 3,
    title: 'A program is not installed',
    message: (c) => `${c.program} is not installed on this machine; bake needs it to ${c.purpose}`,
    hint: (c) => `install ${c.program} and run the same command again`,
  }),
  SCRIPT_SYNTAX: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'A script has a syntax error',
    message: (c) => `bash cannot parse ${c.path}: ${c.reason}`,
    hint: (c) =>
      /CR LF/.test(c.reason)
        ? 'save it with LF line endings (dos2unix FILE)'
        : 'check it with bash -n FILE; a script in another language needs its interpreter in the first line (#!/usr/bin/python3)',
  }),
  STEP_TOO_LARGE: row<{ step: string; size: number; limit: number }>({
    exit: 2,
    title: 'A step is too large for Image Builder',
    message: (c) =>
      `step ${c.step} has ${c.size} characters as a component; Image Builder accepts ${c.limit} inline`,
    hint: () =>
      'set store: s3://BUCKET/PREFIX in bakery.yaml, where bake stages larger components, or make the assets or certificates of that step smaller',
  }),
  /** `largest`: the largest steps and rows, with their sizes. */
  COMPONENTS_TOO_MANY: row<{ count: number; limit: number; largest: readonly string[] }>({
    exit: 2,
    title: 'The recipe needs too many components for Image Builder',
    message: (c) =>
      `the recipe needs ${c.count} components; Image Builder accepts ${c.limit} in one image recipe`,
    hint: (c) =>
      `set store: s3://BUCKET/PREFIX in bakery.yaml, because components in S3 can be four times as large, or use fewer or smaller assets and scripts. The largest are: ${c.largest.join(', ')}`,
  }),

  // ── the environment ─────────────────────────────────────────────────────────────────────────────────────────
  AWS_CREDENTIALS: row<{ reason: string }>({
    exit: 3,
    title: 'There are no AWS credentials',
    message: (c) => `there are no usable AWS credentials: ${c.reason}`,
    hint: () =>
      'sign in (aws sso login, a role, or environment variables), or add --sandbox to the command, which then uses no AWS account',
  }),
  AWS_EXPIRED: row<{ action: string; reason: string }>({
    exit: 3,
    title: 'The AWS credentials expired during the run',
    message: (c) => `the AWS credentials expired before ${c.action}: ${c.reason}`,
    hint: () => 'sign in again and run the same command, which resumes the run',
    about:
      'bake renews credentials that come from a provider (a profile, a role by OIDC, an instance role). It cannot renew credentials in environment variables, and a role that was assumed by another role lasts an hour at most. Let the CI runner assume the role directly, with role-duration-seconds as long as a bake.',
  }),
  /** `waited`: how long bake repeated the call. */
  AWS_UNREACHABLE: row<{ service: string; region: string; reason: string; waited?: string | undefined }>({
    exit: 3,
    title: 'AWS cannot be reached',
    message: (c) =>
      `${c.service} in ${c.region} ${c.waited === undefined ? 'cannot be reached' : `could not be reached for ${c.waited}`}: ${c.reason}`,
    hint: ({ waited }) =>
      waited === undefined
        ? 'check the network; behind a firewall set HTTPS_PROXY, AWS_CA_BUNDLE, or AWS_ENDPOINT_URL_<SERVICE> for a VPC endpoint without private DNS'
        : 'builds go on in AWS: when the network is back, run the same command again; patience.unreachable sets how long bake waits',
  }),
  AWS_DENIED: row<{ action: string; region: string; reason: string }>({
    exit: 3,
    title: 'AWS denied a request',
    message: (c) => `${c.action} in ${c.region} was denied: ${c.reason}`,
    hint: () => 'add the permission to your role; `bake iam` prints the smallest policy that works',
  }),
  AWS_QUOTA: row<{ action: string; region: string; reason: string }>({
    exit: 3,
    title: 'An AWS quota is used up',
    message: (c) => `${c.action} in ${c.region} hit a limit: ${c.reason}`,
    hint: () => 'raise the quota or wait, then run the same command again, which resumes the run',
  }),
  AWS_REFUSED: row<{ action: string; region: string; name: string; reason: string }>({
    exit: 4,
    title: 'AWS refused a request',
    message: (c) => `${c.action} in ${c.region}: ${c.name}: ${c.reason}`,
    hint: () => 'fix the cause, then run the same command again, which resumes the run',
  }),
  PREFLIGHT: row<{ about: string; found: string; expected: string; next: string }>({
    exit: 3,
    title: 'The environment of the build instance is not suitable',
    message: (c) => `${c.about}: ${c.found}; expected ${c.expected}`,
    hint: (c) => c.next,
    about:
      'Before the first write bake checks the subnet of the build instance through the AWS API: routes and VPC endpoints, the policy of the S3 endpoint, security groups, instance profile, KMS keys, vCPU quota, and whether its routes lead to the mirrors. It reports "not checked" where it lacks the permission to look.',
  }),
  PROXY_ADDRESS: row<{ found: string }>({
    exit: 3,
    title: 'The proxy address is not valid',
    message: (c) => `HTTPS_PROXY: expected a URL such as http://proxy.corp.example:3128, found ${c.found}`,
    hint: () => 'fix HTTPS_PROXY, or unset it if this machine reaches AWS directly',
  }),
  FOLDER_UNWRITABLE: row<{ path: string; reason: string }>({
    exit: 3,
    title: 'A folder cannot be written',
    message: (c) => `${c.path} cannot be written: ${c.reason}`,
    hint: (c) =>
      /^(EEXIST|ENOTDIR)\b/.test(c.reason)
        ? 'a file has the name of that folder; move it away, then run the same command again'
        : `${remedyOf(c.reason) ?? 'give the folder to this user'}, then run the same command again, which resumes the run`,
  }),
  SYSTEM_REFUSED: row<{ reason: string }>({
    exit: 3,
    title: 'The operating system refused a request',
    message: (c) => `the operating system refused a request: ${c.reason}`,
    hint: (c) =>
      `${remedyOf(c.reason) ?? 'remove the cause that the message names'}, then run the same command again, which resumes the run`,
  }),
  REHEARSAL_REFUSED: row<{ reason: string }>({
    exit: 3,
    title: 'The rehearsal cannot start on this machine',
    message: (c) => `the rehearsal cannot start: ${c.reason}`,
    hint: () =>
      'run bake as root, or allow user namespaces on this machine; ip netns add creates a network namespace',
  }),
  LAYER_UNFIT: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'A saved layer does not match this rehearsal',
    message: (c) => `the saved layer ${c.path} cannot be restored: ${c.reason}`,
    hint: () => 'rehearse the earlier steps on this machine again, and save a new layer',
  }),
  PORT_TAKEN: row<{ port: number; reason: string }>({
    exit: 3,
    title: 'The port is in use',
    message: (c) => `cannot listen on 127.0.0.1:${c.port}: ${c.reason}`,
    hint: () => 'omit --port to use a free port, or choose another one',
  }),
  SANDBOX_STATE: row<{ path: string; reason: string }>({
    exit: 3,
    title: 'The sandbox state cannot be used',
    message: (c) => `the sandbox state in ${c.path} cannot be used: ${c.reason}`,
    hint: () => 'move that folder away; bake then starts with a new account',
  }),
  SANDBOX_SERVED: row<{ state: string; endpoint: string }>({
    exit: 3,
    title: 'The sandbox is already running',
    message: (c) => `another process serves ${c.state} at ${c.endpoint}`,
    hint: () => 'use that endpoint, stop the other process, or name another --state DIR',
  }),
  IMAGE_UNKNOWN: row<{ target: string; region: string; wanted: string | undefined }>({
    exit: 2,
    title: 'There is no such image',
    message: (c) =>
      c.wanted === undefined
        ? `there is no image of ${c.target} in ${c.region}: none with the current fingerprint, and none in the channel`
        : `there is no image ${c.wanted} in ${c.region}`,
    hint: () => '`bake images` lists the images that exist',
  }),
  PACKER_MISSING: row<{ command: string; reason: string }>({
    exit: 3,
    title: 'Packer cannot be run',
    message: (c) => `${c.command} cannot be run: ${c.reason}`,
    hint: () =>
      'install Packer 1.9 or later, or set packer.command in bakery.yaml to its path; engine: imagebuilder needs no Packer',
  }),
  PACKER_OLD: row<{ command: string; version: string; lacks: readonly string[]; legacy: boolean }>({
    exit: 3,
    title: 'This Packer is too old',
    message: (c) =>
      `${c.command} is Packer ${c.version}; bake needs 1.9 or later. It lacks:\n${c.lacks.map((one) => `  - ${one}`).join('\n')}`,
    hint: (c) =>
      c.legacy
        ? 'install Packer 1.9 or later, or accept this version with packer: { allowLegacy: true } in bakery.yaml'
        : 'install Packer 1.9 or later',
  }),
  PACKER_PLUGIN: row<{ command: string; version: string; template: string }>({
    exit: 3,
    title: 'Packer has no amazon plug-in',
    message: (c) => `${c.command} ${c.version} has no plug-in github.com/hashicorp/amazon`,
    hint: (c) =>
      `run packer init ${c.template}; without internet access: packer plugins install --path BINARY github.com/hashicorp/amazon`,
  }),
  SESSION_MANAGER_MISSING: row<object>({
    exit: 3,
    title: 'The Session Manager plug-in is not installed',
    message: () => 'packer.ssh is session-manager, but session-manager-plugin is not on PATH',
    hint: () =>
      'install session-manager-plugin, or set packer.ssh to private if this machine reaches the build subnet',
  }),
  LOCK_HELD: row<{ owner: string; work: string; hours: number; name: string }>({
    exit: 3,
    title: 'Another bake process holds the lease',
    message: (c) => `${c.owner} ${c.work} and has held the lease ${c.name} for ${c.hours} hours`,
    hint: () =>
      'check what that process is doing; when it has ended, run the same command again, which uses its result',
  }),

  SHARE_KEY: row<{ target: string; regions: string[] }>({
    exit: 2,
    title: 'An encrypted image cannot be shared without a key of your own',
    message: (c) =>
      `publish.share: in ${c.regions.join(', ')} ${c.target} is encrypted with the account's default EBS key, which no other account can use`,
    hint: (c) =>
      `set builder.kms: { ${c.regions[0]}: alias/… } for each of these Regions, with a key whose policy allows those accounts to use it (kms:Decrypt, DescribeKey, CreateGrant, ReEncrypt*, GenerateDataKeyWithoutPlaintext)`,
    about:
      'The policy of the key that AWS manages (alias/aws/ebs) cannot be changed. bake creates no KMS grants for other accounts, because a grant cannot name an organization and a key policy covers all images at once.',
  }),

  // ── remote work ─────────────────────────────────────────────────────────────────────────────────────────────
  BAKE_FAILED: row<{ target: string; step: string; output: string }>({
    exit: 4,
    title: 'The bake failed',
    message: (c) => `baking ${c.target} failed in ${c.step}${c.output ? `:\n${c.output}` : ''}`,
    hint: () => 'nothing was published; fix the cause and run the same command again',
  }),
  BAKE_CANCELLED: row<{ target: string }>({
    exit: 4,
    title: 'The bake was cancelled outside bake',
    message: (c) => `the build of ${c.target} was cancelled, but not by this bake process`,
    hint: () => 'run the same command again to start a new build',
  }),
  VERIFY_FAILED: row<{ target: string; rows: string[] }>({
    exit: 4,
    title: 'The image did not pass verification',
    message: (c) => `${c.target} did not pass verification:\n${c.rows.map((r) => `  ✗ ${r}`).join('\n')}`,
    hint: () => 'nothing was published; the run folder contains the output of every check',
  }),
  PUBLISH_NOT_TAKEN: row<{
    name: string;
    region: string;
    wanted: string;
    found: string;
    reason: string;
  }>({
    exit: 4,
    title: 'The parameter did not take the new value',
    message: (c) =>
      `${c.name} in ${c.region} still reads ${c.found} after writing ${c.wanted}: SSM did not accept the AMI id${c.reason === '' ? '' : ` (${c.reason})`}`,
    hint: () => 'check that the AMI exists in that Region and account, then run the same command again',
  }),
  PUBLISH_PARTLY: row<{ target: string; done: string[]; failed: string[] }>({
    exit: 4,
    title: 'Not every Region was published',
    message: (c) =>
      [
        `${c.target} was not published everywhere:`,
        ...c.done.map((place) => `  ✓ ${place}`),
        ...c.failed.map((line) => `  ✗ ${line}`),
      ].join('\n'),
    hint: () =>
      'published parameters stay; fix the errors above and run the same command again, which publishes the rest',
  }),
  PLAN_CHANGED: row<{ writes: string[] }>({
    exit: 1,
    title: 'The plan changed after it was confirmed',
    message: (c) =>
      [
        'the account or the files changed after the plan was confirmed; bake would now write:',
        ...c.writes.map((write) => `  ${write}`),
      ].join('\n'),
    hint: () => 'none of this was written; run the same command again, review the new plan, and confirm it',
    about:
      'bake applies only what was confirmed. If the newest plan of a stage differs from the plan that was shown, the stage writes nothing.',
  }),
  PLAN_STALE: row<{ file: string; differences: string }>({
    exit: 1,
    title: 'The plan file is out of date',
    message: (c) => `${c.file} was made for another state of the account or the files:\n${c.differences}`,
    hint: () => 'nothing was written; make a new plan with --out, and have it approved',
    about: 'Lines with - are in the plan file, lines with + are what bake would write now.',
  }),
  PLAN_FOREIGN: row<{ file: string; what: string; expected: string; found: string }>({
    exit: 1,
    title: 'The plan file was made for another environment',
    message: (c) => `${c.file} was made for ${c.what} ${c.expected}, but found ${c.found}`,
    hint: (c) =>
      `nothing was written; ${FOREIGN[c.what] ?? 'make a new plan with --out, and have it approved'}`,
  }),
  PLAN_UNREADABLE: row<{ file: string; reason: string }>({
    exit: 2,
    title: 'The plan file cannot be read',
    message: (c) => `${c.file} is not a plan of bake: ${c.reason}`,
    hint: () =>
      'make a plan file with `bake plan --all --out FILE`, or with --out of promote, publish, rollback or rotate',
  }),
  CHANNEL_MOVED: row<{ name: string; region: string; expected: string; found: string; at: string }>({
    exit: 4,
    title: 'The channel changed during the run',
    message: (c) =>
      `${c.name} in ${c.region} held ${c.expected} when this run began; another process wrote ${c.found} at ${c.at || 'the same time'}`,
    hint: () =>
      'find out who wrote it with `bake images` and aws ssm get-parameter-history, then run the command again',
  }),
  PARAMETER_LABELLED: row<{ name: string; region: string; version: number; labels: string[]; value: string }>(
    {
      exit: 4,
      title: 'A label on the oldest version blocks all writes',
      message: (c) =>
        `${c.name} in ${c.region} has 100 versions, and the oldest (${c.version}, ${c.value}) carries the label ${c.labels.join(', ')}, so SSM accepts no new version`,
      hint: (c) =>
        `that image still exists, so a cluster may start nodes from ${c.name}:${c.labels[0]}; if none does, remove the label: aws ssm unlabel-parameter-version --region ${c.region} --name ${c.name} --parameter-version ${c.version} --labels ${c.labels.join(' ')}`,
      about:
        'SSM keeps 100 versions and deletes the oldest one for a new one, unless the oldest has a label. bake moves the label if another version has the same value, and removes it if the image no longer exists.',
    },
  ),
  CHANNEL_EMPTY: row<{ name: string; regions: string[] }>({
    exit: 2,
    title: 'The channel is empty',
    message: (c) => `${c.name} does not exist in ${c.regions.join(', ')}`,
    hint: () =>
      '`bake images` shows what each channel holds; name another channel with --from or --channel, or fewer Regions with --region',
  }),
  CHANNEL_SPLIT: row<{ name: string; images: string[] }>({
    exit: 2,
    title: 'The Regions do not hold the same image',
    message: (c) =>
      `${c.name} does not hold the same image in every Region:\n${c.images.map((i) => `  ${i}`).join('\n')}`,
    hint: () => 'run the bake again to publish the same image everywhere, or name one Region with --region',
  }),
  IMAGE_UNPROVEN: row<{ image: string; region: string; reason: string }>({
    exit: 2,
    title: 'The image was not verified',
    message: (c) => `${c.image} in ${c.region} ${c.reason}`,
    hint: () => 'bake the target again, or publish the image anyway with --unverified',
  }),
  IMAGE_WITHDRAWN: row<{ image: string; channel: string; date: string; os: string }>({
    exit: 2,
    title: 'The image was rolled back before',
    message: (c) => `${c.image} was rolled back from ${c.channel} on ${c.date}`,
    hint: (c) =>
      `bake a new image; or, to publish this one on purpose: \`bake publish --os ${c.os} --channel ${c.channel} --image ${c.image}\``,
  }),
  IMAGE_FOREIGN: row<{ image: string; reason: string }>({
    exit: 2,
    title: 'The image cannot be published as this target',
    message: (c) => `${c.image} cannot be published: ${c.reason}`,
    hint: () =>
      '`bake images` lists the images of bake; select the target with --os, --arch and --parallelcluster',
  }),
  ROLLBACK_NOWHERE: row<{ name: string; region: string; steps: number; has: number }>({
    exit: 2,
    title: 'The history of the channel is too short',
    message: (c) =>
      `${c.name} in ${c.region} cannot go back ${c.steps} ${c.steps === 1 ? 'step' : 'steps'}: its history holds ${c.has === 0 ? 'no other image' : `${c.has} before the current one`}`,
    hint: () =>
      '`bake images` lists the images; `bake publish --os OS --image AMI` publishes any image of bake to a channel',
  }),
  ROLLBACK_GONE: row<{
    name: string;
    region: string;
    steps: number;
    image: string;
    state: string;
    next: string;
  }>({
    exit: 2,
    title: 'The image to roll back to no longer exists',
    message: (c) =>
      `${c.name} in ${c.region} held ${c.image} ${c.steps === 1 ? 'before' : `${c.steps} images ago`}, which is ${c.state}`,
    hint: (c) =>
      c.next === ''
        ? 'no image of its history is left; `bake images` lists the others, and `bake publish --os OS --image AMI` publishes one'
        : c.next,
  }),
  PIPELINE_NOT_TAKEN: row<{ name: string; region: string }>({
    exit: 4,
    title: 'A pipeline did not take the new settings',
    message: (c) => `the pipeline ${c.name} in ${c.region} does not have the settings that bake just wrote`,
    hint: () =>
      'another process may be changing it; run `bake schedule` again, and check the pipeline in the console',
  }),
  IMAGE_LOST: row<{ id: string; region: string; state: string; reason?: string | undefined }>({
    exit: 4,
    title: 'The image does not exist',
    message: (c) => `${c.id} in ${c.region} is ${c.state}${c.reason === undefined ? '' : `: ${c.reason}`}`,
    hint: (c) =>
      c.reason === undefined
        ? 'run the same command again, which bakes a missing image again'
        : 'remove that cause and run the same command again, which makes a new image; `bake reap` removes the failed one',
  }),

  SBOM_MISSING: row<{ image: string; reason: string; file: string | undefined }>({
    exit: 2,
    title: 'There is no package list of an image',
    message: (c) => `there is no package list of ${c.image}: ${c.reason}`,
    hint: (c) =>
      c.file === undefined
        ? '`bake images` lists the ids; instead of an id you can name the path of a CycloneDX file'
        : `copy ${c.file} from the store of the machine that baked the image, bake it again with --rebake, or name the path of a CycloneDX file`,
    about:
      'bake writes the list when it verifies an image, into the store that bakery.yaml names. If another machine baked the image, its list is in the store of that machine, so set store: to an S3 prefix or a shared folder.',
  }),
  SBOM_UNREADABLE: row<{ file: string; reason: string }>({
    exit: 2,
    title: 'A package list cannot be read',
    message: (c) => `${c.file} is not a CycloneDX document: ${c.reason}`,
    hint: () =>
      'every bake and `bake rehearse --os OS --sbom FILE` write such a file; other tools call the format "CycloneDX JSON"',
  }),

  STORE_MISSING: row<{ uri: string; bucket: string; region: string }>({
    exit: 3,
    title: 'The bucket of the store does not exist',
    message: (c) => `the store ${c.uri} cannot be used: the bucket ${c.bucket} does not exist in ${c.region}`,
    hint: () =>
      'create the bucket (`bake explain aws-bakery.yaml` prints a template), fix store: in bakery.yaml, or name a folder such as .bakery/store',
  }),
  PROVENANCE_KEY: row<{ key: string; found: string; next: string }>({
    exit: 2,
    title: 'The key that signs provenance cannot be used',
    message: (c) =>
      `provenance.key: expected a KMS key ECC_NIST_P256 for SIGN_VERIFY, or an Ed25519 or P-256 key in a PEM file of mode 600; found ${c.key}: ${c.found}`,
    hint: (c) => c.next,
    about:
      'If a key is configured, bake publishes no unsigned image. Without provenance: in bakery.yaml it writes no provenance.',
  }),
  STORE_DENIED: row<{ uri: string; action: string; reason: string }>({
    exit: 3,
    title: 'The store denied a request',
    message: (c) => `the store ${c.uri} denied ${c.action}: ${c.reason}`,
    hint: () =>
      '`bake iam` prints the smallest policy that works; check also the bucket policy, its KMS key and the policy of the S3 endpoint',
  }),

  // ── rotation ────────────────────────────────────────────────────────────────────────────────────────────────
  ROTATE_SYNTAX: row<{ message: string; kind?: string }>({
    exit: 2,
    title: 'A file with AMI ids cannot be read',
    message: (c) => `not valid ${c.kind ?? 'YAML'}, skipped: ${c.message}`,
    hint: () => 'fix the file, then run `bake rotate` again; all other files are rotated',
  }),
  ROTATE_CHANGED: row<{ reason: string }>({
    exit: 3,
    title: 'A cluster config changed while bake rotated it',
    message: (c) => `not changed: ${c.reason}`,
    hint: () => 'run the same command again',
  }),
  ROTATE_MAP: row<{ expected: string; found: string }>({
    exit: 2,
    title: 'A map of AMI ids is not valid',
    message: (c) => `--map: expected ${c.expected}, found ${c.found}`,
    hint: () =>
      'write `bake rotate --map OLD=NEW`, or --map FILE with CSV lines old,new or JSON {"OLD": "NEW"}',
  }),
  TEMPLATE_CONFIG: row<{ reason: string }>({
    exit: 2,
    title: 'A cluster config cannot be embedded in a CloudFormation template',
    message: (c) => c.reason,
    hint: (c) =>
      c.reason.startsWith('not a ParallelCluster 3 config')
        ? 'name the config of a ParallelCluster 3 cluster; nothing was written'
        : 'fix the config, then run `bake template` again; nothing was written',
    about:
      'CloudFormation reads YAML 1.1 without aliases, merge keys and empty values, and YAML tags are its functions. bake expands aliases and merge keys; CloudFormation cannot read the rest.',
  }),
  TEMPLATE_RELEASE: row<{ parallelcluster: string; first: string }>({
    exit: 2,
    title: 'The ParallelCluster release has no CloudFormation resource',
    message: (c) =>
      `ParallelCluster ${c.parallelcluster} has no custom resource for CloudFormation: expected ${c.first} or later`,
    hint: () => 'upgrade the cluster, or use `bake rotate` to write the ids into its config',
  }),
  VALIDATE_MISSING: row<{ missing: string[] }>({
    exit: 3,
    title: 'A validator is not installed',
    message: (c) => `not validated: ${c.missing.join('; ')}`,
    hint: () =>
      'install cfn-lint and the pcluster of the same release as the cluster on PATH (several releases can be on PATH), or omit --validate',
  }),
  ROTATE_STOPPED: row<{ done: number; total: number }>({
    exit: 130,
    title: 'A rotation was interrupted',
    message: (c) =>
      `stopped after ${c.done} of ${c.total} files; each file is either unchanged or completely rotated`,
    hint: () => 'run the same command again, which rotates the remaining files',
  }),
  OUTPUT_LOST: row<{ reason: string }>({
    exit: 3,
    title: 'The output cannot be written',
    message: (c) => `standard output cannot be written, so the result is incomplete: ${c.reason}`,
    hint: () => 'free some space or name another file, then run the same command again',
  }),
  FILE_UNWRITABLE: row<{ path: string; reason: string }>({
    exit: 3,
    title: 'A file cannot be written',
    message: (c) => `${c.path} cannot be written: ${c.reason}`,
    hint: (c) =>
      c.reason === 'it is a folder'
        ? 'name a file'
        : 'the file was not changed; give it and its folder to this user, then run the same command again',
  }),
  ROTATE_REFUSED: row<{ reason: string }>({
    exit: 70,
    title: 'The check of a rotated file failed',
    message: (c) => `not changed: ${c.reason}`,
    hint: () => 'this is a bug of bake; please report it with the file',
  }),

  GIT_NO_REPOSITORY: row<{ folder: string; reason: string }>({
    exit: 2,
    title: 'The cluster configs are not in a git repository',
    message: (c) => `${c.folder} is not in a git repository with at least one commit: ${c.reason}`,
    hint: () => 'leave out --pr, or run the command in a clone of the repository that contains the configs',
  }),
  GIT_CHANGES: row<{ files: string[] }>({
    exit: 2,
    title: 'Files to rotate have uncommitted changes',
    message: (c) => `these files differ from the last commit, or are not in it: ${c.files.join(', ')}`,
    hint: () => 'commit or stash them first; without --pr the same command also rotates uncommitted files',
  }),
  GIT_BRANCH: row<{ branch: string; reason: string; commits: string[] }>({
    exit: 2,
    title: 'The branch for the pull request is in use',
    message: (c) =>
      `branch ${c.branch} was not changed: ${c.reason}${c.commits.length === 0 ? '' : ` (${c.commits.join('; ')})`}`,
    hint: (c) =>
      c.commits.length > 0
        ? 'merge or delete the branch, or name another one in rotate.pullRequest.branch'
        : c.reason === 'it is checked out'
          ? 'switch to another branch and run the same command again'
          : 'fix what git reports, or name another branch in rotate.pullRequest.branch',
  }),
  GIT_REMOTE: row<{ remote: string; doing: string; reason: string }>({
    exit: 3,
    title: 'A git command on the remote failed',
    message: (c) => `remote ${c.remote} cannot be ${c.doing}: ${c.reason}`,
    hint: () =>
      'run the same git command by hand to see more; without --remote bake only prepares the local branch, and you push it',
  }),
  PULL_REQUEST: row<{ branch: string; reason: string; link: string }>({
    exit: 3,
    title: 'The pull request was not opened',
    message: (c) => `branch ${c.branch} was pushed, but its pull request was not opened: ${c.reason}`,
    hint: (c) =>
      c.link === ''
        ? 'open it by hand on your git server; without --remote, --json prints its text in pullRequest.body'
        : `set GITHUB_TOKEN (permissions contents: write, pull-requests: write) and run the same command again, or open ${c.link}`,
  }),

  // ── the end of a run ───────────────────────────────────────────────────────────────────────────────────────────
  INTERRUPTED: row<{ run: string }>({
    exit: 130,
    title: 'Interrupted',
    message: (c) => `interrupted${c.run ? ` (run ${c.run})` : ''}`,
    hint: () => 'run the same command again: it keeps what is finished, and with --rebake it bakes again',
  }),
  INTERNAL: row<{ message: string; stack: string; written?: string }>({
    exit: 70,
    title: 'A bug of bake',
    message: (c) => `a bug of bake: ${c.message}`,
    hint: (c) =>
      `please report it with the command and the lines below; ${c.written ?? 'bake keeps no journal of this command, so check what it has written before you run it again'}`,
  }),
} as const;

export type ErrorCode = keyof typeof errorTable;
export type ErrorContext<C extends ErrorCode> = Parameters<(typeof errorTable)[C]['message']>[0];
