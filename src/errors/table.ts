/**
 * Owns every error a user can meet: code → exit code, message and next step. Codes are never reused for another
 * meaning. `message` says what was found and what was expected; `hint` says what to do next; `about` is what
 * `bake explain CODE` adds.
 */

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

/** For a text to a firewall team: the host alone. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** The files that a user writes, and where each is shown whole; the keys of expectations are in no schema. */
const EXAMPLES = {
  bakery: 'examples/bakery.yaml; editors check against schema/bakery.schema.json',
  recipe: 'examples/recipe.yaml; editors check against schema/recipe.schema.json',
  assets: 'examples/assets.yaml; editors check against schema/assets.schema.json',
  expect: 'examples/expect.yaml',
} as const;

export type FileKind = keyof typeof EXAMPLES;

export const errorTable = {
  // ── the command line ────────────────────────────────────────────────────────────────────────────────────────
  USAGE: row<{ message: string; command: string }>({
    exit: 2,
    title: 'The command line is not understood',
    message: (c) => c.message,
    hint: (c) => `bake ${c.command} --help shows the options with an example`.replace('bake  ', 'bake '),
  }),
  NOTHING_NAMED: row<object>({
    exit: 2,
    title: 'No target was named',
    message: () => 'no target was named: neither --os nor --all was given',
    hint: () => 'bake --os alinux2 for one OS, bake --all for every target of bakery.yaml',
  }),
  TARGET_NOT_LISTED: row<{ wanted: string; listed: string[] }>({
    exit: 2,
    title: 'The target is not in bakery.yaml',
    message: (c) => `bakery.yaml has no target ${c.wanted}; it lists: ${c.listed.join(', ') || 'none'}`,
    hint: () => 'add it under targets:, or name one that is listed',
  }),
  TARGET_TWICE: row<{ target: string }>({
    exit: 2,
    title: 'A target is listed twice',
    message: (c) => `${c.target} is listed twice: both would publish to the same parameter`,
    hint: () => 'remove one of the entries, or give them different versions or architectures',
  }),
  UNKNOWN_CODE: row<{ code: string; near: string[] }>({
    exit: 2,
    title: 'There is no such error code',
    message: (c) => `there is no error code or shipped recipe ${c.code}`,
    hint: (c) => (c.near.length > 0 ? `did you mean ${c.near.join(' or ')}?` : 'bake explain lists them all'),
  }),

  // ── bakery.yaml, recipes, assets.yaml ───────────────────────────────────────────────────────────────────────
  CONFIG_MISSING: row<{ file: string }>({
    exit: 2,
    title: 'There is no bakery.yaml',
    message: (c) => `there is no ${c.file}`,
    hint: () =>
      'bake init writes a commented one; bake --os alinux2 --sandbox shows the whole job without any',
  }),
  CONFIG_SYNTAX: row<{ message: string }>({
    exit: 2,
    title: 'The file is not valid YAML',
    message: (c) => `not valid YAML: ${c.message}`,
    hint: () => 'mend the marked place; the rest was not read',
  }),
  CONFIG_KEY_UNKNOWN: row<{ key: string; known: string[]; near: string | undefined }>({
    exit: 2,
    title: 'The file has a key that means nothing',
    message: (c) => `unknown key ${c.key}`,
    hint: (c) => (c.near ? `did you mean ${c.near}?` : `the keys here are: ${c.known.join(', ')}`),
  }),
  CONFIG_VALUE: row<{ path: string; expected: string; found: string; kind?: FileKind | undefined }>({
    exit: 2,
    title: 'The file has a value of the wrong kind',
    message: (c) => `${c.path}: expected ${c.expected}, found ${c.found}`,
    hint: (c) => `the commented example is in ${EXAMPLES[c.kind ?? 'bakery'] ?? EXAMPLES.bakery}`,
  }),
  CONFIG_CHOICE: row<{ path: string; found: string; known: string[]; near: string | undefined }>({
    exit: 2,
    title: 'The file has a value that is none of those allowed',
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
    title: 'A file that the configuration names is not there',
    message: (c) => `${c.what}: there is no ${c.path}`,
    hint: (c) =>
      c.what.startsWith('--') || /^FILES?$/.test(c.what)
        ? 'paths on the command line are relative to the current folder'
        : 'paths are relative to the folder of bakery.yaml',
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
        ? 'name a file, or a pattern such as certs/*.pem where several are taken'
        : 'check its owner and mode',
  }),
  PROXY_GLOBAL: row<{ found: string; known: readonly string[] }>({
    exit: 2,
    title: 'A proxy for everything would not survive',
    message: (c) => `proxy.for: expected the tools and repositories that need the proxy, found ${c.found}`,
    hint: (c) => `name them: ${c.known.join(', ')}, or repository ids such as epel`,
    about:
      'At its first boot a ParallelCluster node appends proxy= to dnf.conf (yum.conf, apt.conf), empty where the cluster has none: a proxy baked in for everything is undone there. One given to a single repository or tool stays.',
  }),
  MIRROR_CREDENTIALS: row<{ path: string; url: string }>({
    exit: 2,
    title: 'A URL that goes into the image holds a password',
    message: (c) =>
      `${c.path}: the URL ${c.url} holds a user name or password, which would be baked into the image`,
    hint: () => 'remove it; let that server allow the build subnet without a login',
  }),
  MIRROR_LAYOUT: row<{ os: string; repos: readonly string[] }>({
    exit: 2,
    title: 'A repository has no mirror path',
    message: (c) =>
      `mirrors: layout custom knows no path by itself, and mirrors.repos has none for ${c.repos.join(', ')} of ${c.os}`,
    hint: (c) =>
      `for each of them write mirrors.repos: { ${c.repos[0]}: { path: /… } } or { enabled: false }, or choose a layout that knows them`,
  }),
  MIRROR_KEY: row<{ repo: string; reason: string }>({
    exit: 2,
    title: 'The key of a mirrored repository cannot be used',
    message: (c) => `mirrors.repos.${c.repo}.gpgKey: ${c.reason}`,
    hint: () => 'export the public key of the mirror (gpg --export --armor KEY) and name that file as gpgKey',
  }),

  // ── targets ─────────────────────────────────────────────────────────────────────────────────────────────────
  OS_UNKNOWN: row<{ os: string; known: string[]; near: string | undefined }>({
    exit: 2,
    title: 'There is no such OS id',
    message: (c) => `${c.os} is no OS of ParallelCluster${c.near ? `; did you mean ${c.near}?` : ''}`,
    hint: (c) => `the OS ids are: ${c.known.join(', ')}`,
  }),
  OS_LEGACY: row<{ os: string; known: string[] }>({
    exit: 2,
    title: 'This OS is only known for rotation and egress',
    message: (c) => `${c.os} is past its end and is no longer baked`,
    hint: (c) => `bake one of: ${c.known.join(', ')}`,
  }),
  VERSION_UNKNOWN: row<{ version: string; near: string[] }>({
    exit: 2,
    title: 'There was never such a ParallelCluster release',
    message: (c) => `ParallelCluster ${c.version} was never released`,
    hint: (c) => `near it: ${c.near.join(', ')}`,
  }),
  VERSION_WITHOUT_OS: row<{ os: string; version: string; first: string; last: string | null }>({
    exit: 2,
    title: 'That ParallelCluster release does not have this OS',
    message: (c) =>
      `ParallelCluster ${c.version} has no ${c.os}: it came with ${c.first}` +
      (c.last ? ` and left after ${c.last}` : ''),
    hint: (c) => `leave the version out to get ${c.last ?? 'the newest'}, or name one in that range`,
  }),
  ARCH_UNKNOWN: row<{ os: string; arch: string; known: readonly string[] }>({
    exit: 2,
    title: 'This OS does not exist for that architecture',
    message: (c) => `${c.os} does not exist for ${c.arch}`,
    hint: (c) => `it exists for: ${c.known.join(', ')}`,
  }),
  REGION_UNKNOWN: row<{ region: string; near: string[] }>({
    exit: 2,
    title: 'ParallelCluster has no images in that Region',
    message: (c) => `ParallelCluster has no official images in Region ${c.region}`,
    hint: (c) =>
      c.near.length > 0
        ? `did you mean ${c.near.join(' or ')}?`
        : 'choose one that ParallelCluster supports, or give base: an AMI id',
  }),
  BASE_NEEDED: row<{ os: string }>({
    exit: 2,
    title: 'This OS has no official image',
    message: (c) => `${c.os} has no official ParallelCluster image: it needs a base image of your own`,
    hint: () => 'build one with pcluster build-image and name it in bakery.yaml: base: ami-…',
  }),
  BASE_NOT_FOUND: row<{ what: string; region: string }>({
    exit: 4,
    title: 'No base image was found',
    message: (c) => `${c.what} was not found in ${c.region}`,
    hint: () => 'bake images shows what this account and Region can see',
  }),
  BASE_UNFIT: row<{ id: string; reason: string }>({
    exit: 4,
    title: 'The base image does not fit the target',
    message: (c) => `base image ${c.id} does not fit: ${c.reason}`,
    hint: () => 'give an image that ParallelCluster built for this OS, architecture and version',
  }),

  // ── certificates ────────────────────────────────────────────────────────────────────────────────────────────
  CA_EMPTY: row<{ path: string }>({
    exit: 2,
    title: 'A CA file holds no certificate',
    message: (c) => `${c.path} holds no certificate`,
    hint: () => 'expected one or more blocks that start with -----BEGIN CERTIFICATE-----',
  }),
  CA_PRIVATE_KEY: row<{ path: string }>({
    exit: 2,
    title: 'A CA file holds a private key',
    message: (c) => `${c.path} holds a PRIVATE KEY: it would become world-readable in every image`,
    hint: () => 'take the key out of the file; if it was shared, revoke the certificate',
  }),
  CA_UNPARSABLE: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'A certificate cannot be read',
    message: (c) => `a certificate in ${c.path} cannot be read: ${c.reason}`,
    hint: () => 'openssl x509 -in FILE -noout -text must be able to read it',
  }),
  CA_STORE: row<{ path: string; form: string; command: string }>({
    exit: 2,
    title: 'A CA file is a store that holds certificates',
    message: (c) => `${c.path} is a ${c.form}; expected certificates as PEM or DER`,
    hint: (c) => `take the CAs out of it, and name that file: ${c.command.replaceAll('FILE', () => c.path)}`,
  }),
  CA_LEAF: row<{ path: string; subject: string }>({
    exit: 2,
    title: 'A CA file holds a server certificate',
    message: (c) =>
      `${c.path}: ${c.subject} is not a CA (no CA:TRUE): curl would trust it, Node and Java would not`,
    hint: () => 'put the root that issued it there instead',
  }),
  CA_EXPIRED: row<{ path: string; subject: string; on: string }>({
    exit: 2,
    title: 'A CA certificate has expired',
    message: (c) => `${c.path}: ${c.subject} expired on ${c.on}`,
    hint: () => 'ask the security team for its successor',
  }),
  CA_EXPIRES_SOON: row<{ path: string; subject: string; on: string; left: number; lifeDays: number }>({
    exit: 2,
    title: 'A CA certificate expires while the image is in use',
    message: (c) =>
      `${c.path}: ${c.subject} expires on ${c.on}: ${c.left} ${c.left === 1 ? 'day' : 'days'} of life left, the image is planned for ${c.lifeDays}`,
    hint: () => 'add its successor in its place, or lower image.lifeDays of bakery.yaml',
  }),
  CA_NOT_YET: row<{ path: string; subject: string; on: string }>({
    exit: 2,
    title: 'A CA certificate is not valid yet',
    message: (c) => `${c.path}: ${c.subject} is valid only from ${c.on}`,
    hint: () => 'wait for that day, or bake with the present one',
  }),
  CA_REQUEST: row<{ path: string }>({
    exit: 2,
    title: 'A CA file holds a certificate request',
    message: (c) => `${c.path} holds a CERTIFICATE REQUEST: nobody has signed it, and nothing trusts it`,
    hint: () => 'take it out, and put the certificate there that was issued for it',
  }),
  CA_PURPOSE: row<{ path: string; subject: string }>({
    exit: 2,
    title: 'A CA certificate is not for TLS servers',
    message: (c) => `${c.path}: ${c.subject} has an extended key usage without TLS servers (serverAuth)`,
    hint: () => 'the CA that signs the certificates of servers is needed; this one is for something else',
  }),
  CA_TWICE: row<{ path: string; subject: string; first: string; count: number }>({
    exit: 2,
    title: 'A CA certificate is given twice',
    message: (c) =>
      c.count === 1
        ? `${c.path}: ${c.subject} is already in ${c.first}`
        : `${c.path}: ${c.count} certificates are already in ${c.first}; the first of them is ${c.subject}`,
    hint: () => 'take one of them out; if another CA was meant to be here, put it in',
  }),
  CA_NO_ROOT: row<{ path: string; subject: string; issuer: string }>({
    exit: 2,
    title: 'A CA certificate is an intermediate without its root',
    message: (c) =>
      `${c.path}: ${c.subject} was signed by ${c.issuer}, which is neither among the given certificates nor a public root: curl would accept it, Java and Python would not`,
    hint: () => 'add the root that it ends in',
  }),
  CA_WEAK: row<{ path: string; subject: string; reason: string }>({
    exit: 2,
    title: 'A CA certificate is too weak',
    message: (c) => `${c.path}: ${c.subject} is too weak: ${c.reason}`,
    hint: () => 'EL9 refuses it, too: a root with RSA ≥ 2048 or EC ≥ P-256 and a SHA-2 signature is needed',
  }),

  // ── rendering, assets, scripts ──────────────────────────────────────────────────────────────────────────────
  TEMPLATE_VALUE: row<{ template: string; reason: string }>({
    exit: 70,
    title: 'A template asked for a value that is not there',
    message: (c) => `template ${c.template}: ${c.reason}`,
    hint: () => 'this is a bug of bake; please report it with the command',
  }),
  ASSET_DIGEST: row<{ name: string; expected: string; found: string }>({
    exit: 2,
    title: 'An asset is not what its digest says',
    message: (c) => `asset ${c.name}: expected sha256 ${c.expected}, the file has ${c.found}`,
    hint: () => 'fetch it again, or change the digest after you know why it differs',
  }),
  ASSET_LOCK_SYNTAX: row<{ file: string; reason: string }>({
    exit: 2,
    title: 'The lock file of assets cannot be read',
    message: (c) => `${c.file} is no lock file of bake assets: ${c.reason}`,
    hint: () => 'take the last good one from git, or remove it and run bake assets lock',
  }),
  ASSET_LOCK_STALE: row<{ file: string; names: string[] }>({
    exit: 2,
    title: 'The lock file does not have what assets.yaml asks for',
    message: (c) => `${c.file} does not have what assets.yaml asks for: ${c.names.join(', ')}`,
    hint: () =>
      'run bake assets lock where GitHub can be reached, look at what it shows, and commit the file',
  }),
  ASSET_NOT_FETCHED: row<{ name: string; store: string }>({
    exit: 2,
    title: 'An asset is not in the store',
    message: (c) => `asset ${c.name} is locked, and not in ${c.store}`,
    hint: () => 'run bake assets fetch first',
  }),
  ASSET_NOT_FOUND: row<{ name: string; url: string; status: number; found: string }>({
    exit: 4,
    title: 'An asset is not where it was asked for',
    message: (c) => `asset ${c.name}: ${c.url} answers ${c.status}${c.found === '' ? '' : `: ${c.found}`}`,
    hint: () =>
      'look at the release on GitHub: repository, tag and file name; a private repository needs GITHUB_TOKEN',
  }),
  ASSET_CHANGED: row<{ name: string; url: string; expected: string; found: string; sameTree: boolean }>({
    exit: 4,
    title: 'An asset is served with other bytes than the locked ones',
    message: (c) =>
      `asset ${c.name}: ${c.url} has sha256 ${c.found}, locked is ${c.expected}${c.sameTree ? '; the files inside are the same, only the compression differs' : ''}`,
    hint: (c) =>
      c.sameTree
        ? `bake assets lock --update ${c.name} takes the new compression over`
        : `nothing was kept; find out why it changed before bake assets lock --update ${c.name}`,
  }),
  ASSET_LENGTH: row<{ name: string; url: string; expected: number; found: number }>({
    exit: 4,
    title: 'An asset is served with another length than the locked one',
    message: (c) => `asset ${c.name}: ${c.url} has ${c.found} bytes, locked are ${c.expected}`,
    hint: (c) =>
      `nothing was kept; a proxy that cuts off or scans downloads does this, or the asset was replaced (bake assets lock --update ${c.name} shows)`,
  }),
  ASSET_TLS_RESET: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'A firewall resets the TLS handshake',
    message: (c) => `the connection to ${c.host} is reset in the TLS handshake: ${c.reason}`,
    hint: (c) =>
      `a firewall that filters by the name in the handshake does this: ask its team to allow TLS with SNI ${c.host}, port 443, from this machine`,
  }),
  ASSET_TLS_CA: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'The certificate is signed by a CA that is not known here',
    message: (c) => `${c.host} shows a certificate that is not trusted here: ${c.reason}`,
    hint: (c) =>
      `a proxy that inspects TLS does this: ask its team for the CA certificate and name it under trust of bakery.yaml (or in NODE_EXTRA_CA_CERTS), or ask to leave ${c.host} out of inspection`,
  }),
  ASSET_PROXY_PAGE: row<{ url: string; status: number; page: string }>({
    exit: 3,
    title: 'A web page came in the place of an asset',
    message: (c) =>
      `${c.url} answers ${c.status} with a web page in the place of the file${c.page === '' ? '' : `: "${c.page}"`}`,
    hint: (c) =>
      `a proxy's own page: ask its team to allow downloads from ${hostOf(c.url)}, with the text of the page and the time`,
  }),
  ASSET_PROXY_REFUSED: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'The proxy does not let a connection through',
    message: (c) => `the proxy refuses a tunnel to ${c.host}: ${c.reason}`,
    hint: (c) =>
      `ask the proxy's team to allow CONNECT ${/:\d+$/.test(c.host) ? c.host : `${c.host}:443`}, or to say which login it wants`,
  }),
  ASSET_STALLED: row<{ url: string; seconds: number; bytes: number }>({
    exit: 3,
    title: 'A download stands still',
    message: (c) => `${c.url}: ${c.bytes} bytes came in ${c.seconds} seconds`,
    hint: (c) =>
      `run the same command again: it goes on where it stopped; where it stalls each time, ask whether something scans or throttles ${hostOf(c.url)}`,
  }),
  ASSET_UNREACHABLE: row<{ host: string; reason: string }>({
    exit: 3,
    title: 'The source of an asset cannot be reached',
    message: (c) => `${c.host} cannot be reached: ${c.reason}`,
    hint: (c) =>
      `check HTTPS_PROXY and the name server; the firewall must allow ${c.host}, or sources of assets.yaml name a mirror`,
  }),
  ASSET_RATE_LIMIT: row<{ host: string; reset: string; token: boolean }>({
    exit: 3,
    title: 'GitHub takes no more requests for now',
    message: (c) => `${c.host} takes no more requests until ${c.reset}`,
    hint: (c) =>
      c.token
        ? 'run the same command again then'
        : 'run the same command again then, or set GITHUB_TOKEN: with it the limit is some eighty times higher',
  }),
  ASSET_REDIRECT: row<{ url: string; to: string }>({
    exit: 3,
    title: 'An asset is redirected to a host that is not expected',
    message: (c) => `${c.url} redirects to ${c.to}, which is none of the hosts GitHub keeps assets on`,
    hint: (c) => `if that is right (a GitHub of your own, say), add ${c.to} to redirects of assets.yaml`,
  }),
  ASSET_SERVER: row<{ url: string; status: number; found: string }>({
    exit: 3,
    title: 'The source of an asset answers with an error',
    message: (c) => `${c.url} answers ${c.status}${c.found === '' ? '' : `: ${c.found}`}`,
    hint: () => 'run the same command again later: it goes on where it stopped',
  }),
  ASSET_ARCHIVE: row<{ name: string; entry: string; reason: string }>({
    exit: 2,
    title: 'An archive is not safe to unpack',
    message: (c) => `asset ${c.name}: ${c.entry === '' ? '' : `${c.entry}: `}${c.reason}`,
    hint: () => 'nothing was unpacked; unpack of assets.yaml says what is allowed (strip, setuid, mebibytes)',
  }),
  ASSET_TOO_LARGE: row<{ name: string; size: number; limit: number }>({
    exit: 2,
    title: 'An asset is too large to be carried into images',
    message: (c) => `asset ${c.name} is ${c.size} bytes in the image; ${c.limit} is the most`,
    hint: () =>
      'write image: false and let nodes take it from the mirror (bake assets mirror), or unpack less of it',
  }),
  ASSET_AMBIGUOUS: row<{ name: string; asked: string; found: string[] }>({
    exit: 2,
    title: 'A release has not exactly one such file',
    message: (c) => `asset ${c.name}: ${c.asked} names ${c.found.length} of the files of the release`,
    hint: (c) =>
      `write the file's name more exactly; there are: ${c.found.slice(0, 20).join(', ') || 'none'}`,
  }),
  ASSET_STORE_HELD: row<{ store: string; owner: string }>({
    exit: 3,
    title: 'Another command works on the store of assets',
    message: (c) => `${c.owner} works on ${c.store}`,
    hint: () => 'wait for it, then run the same command again',
  }),
  ASSET_GIT: row<{ name: string; reason: string }>({
    exit: 4,
    title: 'git could not get a repository',
    message: (c) => `asset ${c.name}: ${c.reason}`,
    hint: () => 'the same git command by hand shows more; git follows HTTPS_PROXY and http.sslCAInfo',
  }),
  PROGRAM_MISSING: row<{ program: string; purpose: string }>({
    exit: 3,
    title: 'A program is not on this machine',
    message: (c) => `${c.program} is not on this machine: it is needed to ${c.purpose}`,
    hint: (c) => `install ${c.program} and run the same command again`,
  }),
  SCRIPT_SYNTAX: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'Bash cannot read a script',
    message: (c) => `${c.path} is no script that bash can read: ${c.reason}`,
    hint: (c) =>
      /CR LF/.test(c.reason)
        ? 'save it with LF line ends (dos2unix FILE)'
        : 'bash -n FILE says the same; a script in another language names its interpreter in its first line (#!/usr/bin/python3)',
  }),
  STEP_TOO_LARGE: row<{ step: string; size: number; limit: number }>({
    exit: 2,
    title: 'A step is larger than Image Builder takes',
    message: (c) =>
      `step ${c.step} is ${c.size} characters as a component; Image Builder takes ${c.limit} inline`,
    hint: () =>
      'write store: s3://BUCKET/PREFIX in bakery.yaml: what is larger is staged there; or make the assets or certificates of that step smaller',
  }),
  /** `largest`: steps and rows with their sizes. */
  COMPONENTS_TOO_MANY: row<{ count: number; limit: number; largest: readonly string[] }>({
    exit: 2,
    title: 'The recipe needs more components than Image Builder takes',
    message: (c) =>
      `the recipe makes ${c.count} components; Image Builder takes ${c.limit} in one image recipe`,
    hint: (c) =>
      `write store: s3://BUCKET/PREFIX in bakery.yaml: components from there hold four times as much; or make assets and scripts smaller or fewer. The largest: ${c.largest.join(', ')}`,
  }),

  // ── the environment ─────────────────────────────────────────────────────────────────────────────────────────
  AWS_CREDENTIALS: row<{ reason: string }>({
    exit: 3,
    title: 'There are no AWS credentials',
    message: (c) => `there are no usable AWS credentials: ${c.reason}`,
    hint: () =>
      'sign in (aws sso login, a role, or environment variables), or add --sandbox to see the whole job without an AWS account; bake init explains the set-up',
  }),
  AWS_EXPIRED: row<{ action: string; reason: string }>({
    exit: 3,
    title: 'The AWS credentials expired on the way',
    message: (c) => `the AWS credentials expired before ${c.action}: ${c.reason}`,
    hint: () => 'sign in again and run the same command: it goes on where it stopped',
    about:
      'Credentials with a provider behind them (a profile, a role by OIDC or on an instance) are renewed by themselves. Those in environment variables are not, and a role taken on by a role lasts an hour at most: have the runner take on the role itself, with role-duration-seconds as long as a bake.',
  }),
  AWS_UNREACHABLE: row<{ service: string; region: string; reason: string }>({
    exit: 3,
    title: 'AWS cannot be reached',
    message: (c) => `${c.service} in ${c.region} cannot be reached: ${c.reason}`,
    hint: () =>
      'behind a firewall set HTTPS_PROXY, AWS_CA_BUNDLE, or AWS_ENDPOINT_URL_<SERVICE> for a VPC endpoint without private DNS',
  }),
  AWS_DENIED: row<{ action: string; region: string; reason: string }>({
    exit: 3,
    title: 'AWS refused for lack of permission',
    message: (c) => `${c.action} in ${c.region} was denied: ${c.reason}`,
    hint: () => 'bake iam prints the least policy',
  }),
  AWS_QUOTA: row<{ action: string; region: string; reason: string }>({
    exit: 3,
    title: 'An AWS quota is used up',
    message: (c) => `${c.action} in ${c.region} hit a limit: ${c.reason}`,
    hint: () => 'raise the quota or wait, then run the same command again: it goes on where it stopped',
  }),
  AWS_REFUSED: row<{ action: string; region: string; name: string; reason: string }>({
    exit: 4,
    title: 'AWS refused a request',
    message: (c) => `${c.action} in ${c.region}: ${c.name}: ${c.reason}`,
    hint: () => 'run the same command again once the cause is mended: it goes on where it stopped',
  }),
  PREFLIGHT: row<{ about: string; found: string; expected: string; next: string }>({
    exit: 3,
    title: 'The place of the build instance is not fit',
    message: (c) => `${c.about}: ${c.found}; expected ${c.expected}`,
    hint: (c) => c.next,
    about:
      'Before the first write bake looks at the subnet of the build instance, from where it runs: routes and VPC endpoints, the policy of the S3 endpoint, security groups, instance profile, KMS keys, vCPU quota, and whether its routes lead to the mirrors. What it may not look at is said as "not checked".',
  }),
  PROXY_ADDRESS: row<{ found: string }>({
    exit: 3,
    title: 'The proxy address cannot work',
    message: (c) => `HTTPS_PROXY: expected a URL such as http://proxy.corp.example:3128, found ${c.found}`,
    hint: () => 'mend HTTPS_PROXY, or unset it where AWS is reached directly',
  }),
  FOLDER_UNWRITABLE: row<{ path: string; reason: string }>({
    exit: 3,
    title: 'A folder cannot be written',
    message: (c) => `${c.path} cannot be written: ${c.reason}`,
    hint: (c) =>
      /^(EEXIST|ENOTDIR)\b/.test(c.reason)
        ? 'a file stands where that folder has to be: move it away, then run the same command again'
        : 'make room or give the folder to this user, then run the same command again: it goes on where it stopped',
  }),
  REHEARSAL_REFUSED: row<{ reason: string }>({
    exit: 3,
    title: 'This machine refuses the rehearsal',
    message: (c) => `the rehearsal cannot start: ${c.reason}`,
    hint: () =>
      'as root, or where user namespaces are allowed, more is possible; a network namespace is made by ip netns add',
  }),
  LAYER_UNFIT: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'A saved layer does not fit this rehearsal',
    message: (c) => `the saved layer ${c.path} cannot be put back: ${c.reason}`,
    hint: () => 'rehearse the earlier steps again here and save a new layer',
  }),
  PORT_TAKEN: row<{ port: number; reason: string }>({
    exit: 3,
    title: 'The port is taken',
    message: (c) => `cannot listen on 127.0.0.1:${c.port}: ${c.reason}`,
    hint: () => 'leave --port out for a free one',
  }),
  SANDBOX_STATE: row<{ path: string; reason: string }>({
    exit: 3,
    title: 'The sandbox state cannot be used',
    message: (c) => `the sandbox state in ${c.path} cannot be used: ${c.reason}`,
    hint: () => 'move that folder away: a new account is made in its place',
  }),
  SANDBOX_SERVED: row<{ state: string; endpoint: string }>({
    exit: 3,
    title: 'That sandbox is served already',
    message: (c) => `another process serves ${c.state} at ${c.endpoint}`,
    hint: () => 'use that endpoint, stop the other process, or name another --state DIR',
  }),
  IMAGE_UNKNOWN: row<{ target: string; region: string; wanted: string | undefined }>({
    exit: 2,
    title: 'There is no such image',
    message: (c) =>
      c.wanted === undefined
        ? `there is no image of ${c.target} in ${c.region}: none with the fingerprint of today, and none in the channel`
        : `there is no image ${c.wanted} in ${c.region}`,
    hint: () => 'bake images lists those that are there',
  }),
  PACKER_MISSING: row<{ command: string; reason: string }>({
    exit: 3,
    title: 'Packer is not there',
    message: (c) => `${c.command} cannot be run: ${c.reason}`,
    hint: () =>
      'install Packer 1.9 or later, or name its path in packer.command of bakery.yaml; engine: imagebuilder needs no Packer',
  }),
  PACKER_OLD: row<{ command: string; version: string; lacks: readonly string[]; legacy: boolean }>({
    exit: 3,
    title: 'This Packer is too old',
    message: (c) =>
      `${c.command} is Packer ${c.version}; bake needs 1.9 or later. It lacks:\n${c.lacks.map((one) => `  - ${one}`).join('\n')}`,
    hint: (c) =>
      c.legacy
        ? 'install Packer 1.9 or later; packer: { allowLegacy: true } in bakery.yaml takes this one as it is'
        : 'install Packer 1.9 or later',
  }),
  PACKER_PLUGIN: row<{ command: string; version: string; template: string }>({
    exit: 3,
    title: 'Packer has no amazon plug-in',
    message: (c) => `${c.command} ${c.version} has no plug-in github.com/hashicorp/amazon`,
    hint: (c) =>
      `packer init ${c.template} fetches it; without a way out: packer plugins install --path BINARY github.com/hashicorp/amazon`,
  }),
  SESSION_MANAGER_MISSING: row<object>({
    exit: 3,
    title: 'The Session Manager plug-in is not there',
    message: () => 'packer.ssh is session-manager, but session-manager-plugin is not on PATH',
    hint: () =>
      "install AWS's session-manager-plugin, or let packer.ssh be private where this machine reaches the build subnet",
  }),
  LOCK_HELD: row<{ owner: string; work: string; hours: number; name: string }>({
    exit: 3,
    title: 'Somebody else is at the same work',
    message: (c) => `${c.owner} ${c.work}, and has for ${c.hours} hours (${c.name})`,
    hint: () => 'see what it is doing; the same command goes on from its result once it is done',
  }),

  SHARE_KEY: row<{ target: string; regions: string[] }>({
    exit: 2,
    title: 'An encrypted image cannot be shared without a key of your own',
    message: (c) =>
      `publish.share: ${c.target} is encrypted with the account's default EBS key in ${c.regions.join(', ')}, which no other account can use`,
    hint: (c) =>
      `write builder.kms: { ${c.regions[0]}: alias/… } for each of them, a key whose policy lets those accounts use it (kms:Decrypt, DescribeKey, CreateGrant, ReEncrypt*, GenerateDataKeyWithoutPlaintext)`,
    about:
      'The key that AWS manages (alias/aws/ebs) has a policy that cannot be changed. bake makes no KMS grants for other accounts: an organization cannot hold one, and a key policy says it for all images at once.',
  }),

  // ── remote work ─────────────────────────────────────────────────────────────────────────────────────────────
  BAKE_FAILED: row<{ target: string; step: string; output: string }>({
    exit: 4,
    title: 'The bake failed',
    message: (c) => `baking ${c.target} failed in ${c.step}${c.output ? `:\n${c.output}` : ''}`,
    hint: () => 'nothing was published; mend the cause and run the same command again',
  }),
  BAKE_CANCELLED: row<{ target: string }>({
    exit: 4,
    title: 'The bake was cancelled from outside',
    message: (c) => `baking ${c.target} was cancelled by somebody else`,
    hint: () => 'run the same command again to start a new build',
  }),
  VERIFY_FAILED: row<{ target: string; rows: string[] }>({
    exit: 4,
    title: 'The image did not pass verification',
    message: (c) => `${c.target} did not pass verification:\n${c.rows.map((r) => `  ✗ ${r}`).join('\n')}`,
    hint: () => 'nothing was published; the output of every row is in the run folder',
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
      `${c.name} in ${c.region} still reads ${c.found} after writing ${c.wanted}: SSM did not accept the AMI id${c.reason === '' ? '' : `, for ${c.reason}`}`,
    hint: () => 'the AMI must exist in that Region and account; run the same command again',
  }),
  PUBLISH_PARTLY: row<{ target: string; done: string[]; failed: string[] }>({
    exit: 4,
    title: 'Not every Region was published',
    message: (c) =>
      [
        `${c.target} was not published everywhere:`,
        ...c.done.map((place) => `  ✓ ${place}`),
        ...c.failed.map((said) => `  ✗ ${said}`),
      ].join('\n'),
    hint: () => 'what worked stays; mend the rest and run the same command again: it goes on from there',
  }),
  PLAN_CHANGED: row<{ writes: string[] }>({
    exit: 1,
    title: 'The plan changed after it was confirmed',
    message: (c) =>
      [
        'since the plan was confirmed, the account or the files changed; bake would now write',
        ...c.writes.map((write) => `  ${write}`),
      ].join('\n'),
    hint: () => 'nothing of this was written; run the same command again, read the new plan, and confirm it',
    about:
      'bake applies only what was confirmed. A stage whose newest plan has other writes than the plan that was shown writes nothing.',
  }),
  PLAN_STALE: row<{ file: string; differences: string }>({
    exit: 1,
    title: 'The plan file no longer holds',
    message: (c) => `${c.file} was made for another state of the account or the files:\n${c.differences}`,
    hint: () => 'nothing was written; make the plan again with --out, and have it approved again',
    about: 'Lines with - are in the plan file, lines with + are what bake would write now.',
  }),
  PLAN_FOREIGN: row<{ file: string; what: string; expected: string; found: string }>({
    exit: 1,
    title: 'The plan file was made elsewhere',
    message: (c) => `${c.file} was made for ${c.what} ${c.expected}; here it is ${c.found}`,
    hint: () =>
      'nothing was written; make the plan where it is applied, with the same bake, and in the same month',
  }),
  PLAN_UNREADABLE: row<{ file: string; reason: string }>({
    exit: 2,
    title: 'The plan file cannot be read',
    message: (c) => `${c.file} is not a plan of bake: ${c.reason}`,
    hint: () => 'make one with bake plan --out FILE, or with --out of promote, publish, rollback or rotate',
  }),
  CHANNEL_MOVED: row<{ name: string; region: string; expected: string; found: string; at: string }>({
    exit: 4,
    title: 'Somebody else moved the channel meanwhile',
    message: (c) =>
      `${c.name} in ${c.region} held ${c.expected} when this began; somebody wrote ${c.found} at ${c.at || 'the same time'}`,
    hint: () =>
      'see who it was with bake images and aws ssm get-parameter-history, then run the command again',
  }),
  PARAMETER_LABELLED: row<{ name: string; region: string; version: number; labels: string[]; value: string }>(
    {
      exit: 4,
      title: 'A label on the oldest version stops all writes',
      message: (c) =>
        `${c.name} in ${c.region} has 100 versions, and the oldest (${c.version}, ${c.value}) carries the label ${c.labels.join(', ')}: SSM writes no more`,
      hint: (c) =>
        `that image is still there, so somebody may start nodes from ${c.name}:${c.labels[0]}; when nobody does: aws ssm unlabel-parameter-version --region ${c.region} --name ${c.name} --parameter-version ${c.version} --labels ${c.labels.join(' ')}`,
      about:
        'SSM keeps 100 versions and deletes the oldest for the next one, unless it is labelled. bake moves the label where another version has the same value, and takes it off where the image is gone.',
    },
  ),
  CHANNEL_EMPTY: row<{ name: string; regions: string[] }>({
    exit: 2,
    title: 'There is nothing in the channel',
    message: (c) => `${c.name} does not exist in ${c.regions.join(', ')}`,
    hint: () =>
      'bake images shows what each channel holds; --from and --channel name another, --region leaves Regions out',
  }),
  CHANNEL_SPLIT: row<{ name: string; images: string[] }>({
    exit: 2,
    title: 'The Regions do not hold the same image',
    message: (c) =>
      `${c.name} is not one image in every Region:\n${c.images.map((i) => `  ${i}`).join('\n')}`,
    hint: () => 'run the bake again to bring the Regions together, or name one Region with --region',
  }),
  IMAGE_UNPROVEN: row<{ image: string; region: string; reason: string }>({
    exit: 2,
    title: 'The image was not verified',
    message: (c) => `${c.image} in ${c.region} ${c.reason}`,
    hint: () => 'bake the target again, or put it there all the same with --unverified',
  }),
  IMAGE_WITHDRAWN: row<{ image: string; channel: string; date: string; os: string }>({
    exit: 2,
    title: 'The image was rolled back before',
    message: (c) => `${c.image} was rolled back from ${c.channel} on ${c.date}`,
    hint: (c) =>
      `bake a better one; or, to put it back on purpose: bake publish --os ${c.os} --channel ${c.channel} --image ${c.image}`,
  }),
  IMAGE_FOREIGN: row<{ image: string; reason: string }>({
    exit: 2,
    title: 'The image cannot be published as this target',
    message: (c) => `${c.image} cannot be published: ${c.reason}`,
    hint: () => 'bake images lists ours; --os, --arch and --parallelcluster say which target is meant',
  }),
  ROLLBACK_NOWHERE: row<{ name: string; region: string; steps: number; has: number }>({
    exit: 2,
    title: 'The channel has no such past',
    message: (c) =>
      `${c.name} in ${c.region} cannot go ${c.steps} back: its history has ${c.has === 0 ? 'no other image' : `${c.has} before this one`}`,
    hint: () => 'bake publish --image ami-… puts any image of ours into a channel',
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
    title: 'The image to go back to is not there any more',
    message: (c) =>
      `${c.name} in ${c.region} held ${c.image} ${c.steps === 1 ? 'before' : `${c.steps} images ago`}, which is ${c.state}`,
    hint: (c) => (c.next === '' ? 'no image of its history is left; bake publish --image ami-…' : c.next),
  }),
  PIPELINE_NOT_TAKEN: row<{ name: string; region: string }>({
    exit: 4,
    title: 'A pipeline is not as it was asked to be',
    message: (c) => `the pipeline ${c.name} in ${c.region} still reads otherwise than what was just written`,
    hint: () => 'somebody else may be changing it; run bake schedule again, and look at it in the console',
  }),
  IMAGE_LOST: row<{ id: string; region: string; state: string }>({
    exit: 4,
    title: 'The image is not there',
    message: (c) => `${c.id} in ${c.region} is ${c.state}`,
    hint: () => 'run the same command again: a missing image is baked anew',
  }),

  SBOM_MISSING: row<{ image: string; reason: string; file: string | undefined }>({
    exit: 2,
    title: 'There is no package list of an image',
    message: (c) => `there is no package list of ${c.image}: ${c.reason}`,
    hint: (c) =>
      c.file === undefined
        ? 'bake images lists the ids; a path of a CycloneDX file can stand in the place of an id'
        : `copy ${c.file} from the machine that baked it (bakery.yaml store), bake it again with --rebake, or name the path of a CycloneDX file`,
    about:
      'The list is written when an image is verified, into the store of bakery.yaml. An image that another machine baked has its list there: let store be an S3 prefix, or a folder that both have.',
  }),
  SBOM_UNREADABLE: row<{ file: string; reason: string }>({
    exit: 2,
    title: 'A package list cannot be read',
    message: (c) => `${c.file} is no CycloneDX document: ${c.reason}`,
    hint: () =>
      'bake rehearse --sbom FILE and every bake write one; other tools write it as "CycloneDX JSON"',
  }),

  STORE_MISSING: row<{ uri: string; bucket: string; region: string }>({
    exit: 3,
    title: 'The bucket of the store is not there',
    message: (c) => `the store ${c.uri} has no bucket: S3 in ${c.region} knows no ${c.bucket}`,
    hint: () =>
      'make the bucket (templates/aws/ has one), mend store: in bakery.yaml, or name a folder such as .bakery/store',
  }),
  PROVENANCE_KEY: row<{ key: string; found: string; next: string }>({
    exit: 2,
    title: 'The key of provenance cannot be used',
    message: (c) =>
      `provenance.key: expected a KMS key ECC_NIST_P256 for SIGN_VERIFY, or an Ed25519 or P-256 key in PEM of mode 600; found ${c.key}: ${c.found}`,
    hint: (c) => c.next,
    about:
      'An image is not published unsigned where a key is configured. Without provenance: in bakery.yaml none is written.',
  }),
  STORE_DENIED: row<{ uri: string; action: string; reason: string }>({
    exit: 3,
    title: 'The store refuses us',
    message: (c) => `the store ${c.uri} refused ${c.action}: ${c.reason}`,
    hint: () =>
      'bake iam prints the least policy; look at the bucket policy, its KMS key and the S3 endpoint policy, too',
  }),

  // ── rotation ────────────────────────────────────────────────────────────────────────────────────────────────
  ROTATE_SYNTAX: row<{ message: string; kind?: string }>({
    exit: 2,
    title: 'A file with AMI ids cannot be read',
    message: (c) => `not valid ${c.kind ?? 'YAML'}, left alone: ${c.message}`,
    hint: () => 'mend it, then run bake rotate; it holds up no other file',
  }),
  ROTATE_CHANGED: row<{ reason: string }>({
    exit: 3,
    title: 'A cluster config changed while it was being rotated',
    message: (c) => `left alone: ${c.reason}`,
    hint: () => 'run the same command again',
  }),
  ROTATE_MAP: row<{ expected: string; found: string }>({
    exit: 2,
    title: 'A map of AMI ids is not understood',
    message: (c) => `--map: expected ${c.expected}, found ${c.found}`,
    hint: () => 'bake rotate --map OLD=NEW, or --map FILE: CSV lines old,new, or JSON {"OLD": "NEW"}',
  }),
  TEMPLATE_CONFIG: row<{ reason: string }>({
    exit: 2,
    title: 'A cluster config cannot stand in a CloudFormation template',
    message: (c) => c.reason,
    hint: (c) =>
      c.reason.startsWith('no ParallelCluster 3 config')
        ? 'name the config of a ParallelCluster 3 cluster; nothing was written'
        : 'mend it in the config, then run bake template again; nothing was written',
    about:
      'CloudFormation reads YAML 1.1 without aliases, merge keys and empty values, and its tags are functions. bake writes aliases and merge keys out; what is left has no meaning there.',
  }),
  TEMPLATE_RELEASE: row<{ parallelcluster: string; first: string }>({
    exit: 2,
    title: 'This ParallelCluster has no CloudFormation resource',
    message: (c) =>
      `ParallelCluster ${c.parallelcluster} has no custom resource for CloudFormation: expected ${c.first} or later`,
    hint: () => 'move the cluster to a later release, or let bake rotate write the ids into its config',
  }),
  VALIDATE_MISSING: row<{ missing: string[] }>({
    exit: 3,
    title: 'A program that validates is not there',
    message: (c) => `not validated: ${c.missing.join('; ')}`,
    hint: () =>
      'put cfn-lint and the pcluster of the release of the cluster on PATH (several may be there), or leave --validate out',
  }),
  ROTATE_STOPPED: row<{ done: number; total: number }>({
    exit: 130,
    title: 'A rotation was stopped before its last file',
    message: (c) => `stopped after ${c.done} of ${c.total} files: each is as it was, or rotated whole`,
    hint: () => 'run the same command again: it goes on with the others',
  }),
  FILE_UNWRITABLE: row<{ path: string; reason: string }>({
    exit: 3,
    title: 'A file cannot be written',
    message: (c) => `${c.path} cannot be written: ${c.reason}`,
    hint: (c) =>
      c.reason === 'it is a folder'
        ? 'name a file'
        : 'it was left as it is; give it and its folder to this user, then run the same command again',
  }),
  ROTATE_REFUSED: row<{ reason: string }>({
    exit: 70,
    title: 'A rotated file did not come out as intended',
    message: (c) => `left alone: ${c.reason}`,
    hint: () => 'this is a bug of bake; please report it with the file',
  }),

  GIT_NO_REPOSITORY: row<{ folder: string; reason: string }>({
    exit: 2,
    title: 'The cluster configs are in no git repository',
    message: (c) => `${c.folder} is in no git repository with a commit: ${c.reason}`,
    hint: () => 'run bake rotate without --pr, or in a clone of the repository that holds the configs',
  }),
  GIT_CHANGES: row<{ files: string[] }>({
    exit: 2,
    title: 'Files to be rotated hold changes that are not committed',
    message: (c) => `not as the last commit has them, or not in it: ${c.files.join(', ')}`,
    hint: () => 'commit or stash them first; bake rotate without --pr takes files as they are',
  }),
  GIT_BRANCH: row<{ branch: string; reason: string; commits: string[] }>({
    exit: 2,
    title: 'The branch for the pull request is in use',
    message: (c) =>
      `branch ${c.branch} was left alone: ${c.reason}${c.commits.length === 0 ? '' : ` (${c.commits.join('; ')})`}`,
    hint: (c) =>
      c.commits.length > 0
        ? 'merge or delete it; or let rotate.pullRequest.branch name another'
        : c.reason === 'it is checked out'
          ? 'switch to another branch and run the same command again'
          : 'mend what git says; rotate.pullRequest.branch names another branch',
  }),
  GIT_REMOTE: row<{ remote: string; doing: string; reason: string }>({
    exit: 3,
    title: 'The git remote does not take part',
    message: (c) => `remote ${c.remote} cannot be ${c.doing}: ${c.reason}`,
    hint: () =>
      'the same git command by hand shows more; without --remote the branch is prepared here, to be pushed by hand',
  }),
  PULL_REQUEST: row<{ branch: string; reason: string; link: string }>({
    exit: 3,
    title: 'The pull request was not opened',
    message: (c) => `branch ${c.branch} is pushed, but it has no pull request: ${c.reason}`,
    hint: (c) =>
      c.link === ''
        ? 'open it by hand where your git server has them: the text is in pullRequest.body of --json without --remote'
        : `set GITHUB_TOKEN (permissions contents: write, pull-requests: write) and run the same command again, or open ${c.link}`,
  }),

  // ── ends ────────────────────────────────────────────────────────────────────────────────────────────────────
  INTERRUPTED: row<{ run: string }>({
    exit: 130,
    title: 'Interrupted',
    message: (c) => `interrupted${c.run ? ` (run ${c.run})` : ''}`,
    hint: () => 'run the same command again: it goes on where it stopped',
  }),
  INTERNAL: row<{ message: string; stack: string; written?: string }>({
    exit: 70,
    title: 'A bug of bake',
    message: (c) => `a bug of bake: ${c.message}`,
    hint: (c) =>
      `please report it with the command and the lines below; ${c.written ?? 'bake keeps no journal of this command: look at what it was to write before you repeat it'}`,
  }),
} as const;

export type ErrorCode = keyof typeof errorTable;
export type ErrorContext<C extends ErrorCode> = Parameters<(typeof errorTable)[C]['message']>[0];
