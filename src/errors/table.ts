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
    message: (c) => `there is no error code ${c.code}`,
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
  CONFIG_VALUE: row<{ path: string; expected: string; found: string }>({
    exit: 2,
    title: 'The file has a value of the wrong kind',
    message: (c) => `${c.path}: expected ${c.expected}, found ${c.found}`,
    hint: () =>
      'the commented example is in examples/bakery.yaml; editors check against schema/bakery.schema.json',
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
    hint: () => 'paths are relative to the folder of bakery.yaml',
  }),
  FILE_UNREADABLE: row<{ path: string; reason: string }>({
    exit: 2,
    title: 'A file cannot be read',
    message: (c) => `${c.path} cannot be read: ${c.reason}`,
    hint: () => 'check its owner and mode',
  }),
  PROXY_GLOBAL: row<{ found: string; known: readonly string[] }>({
    exit: 2,
    title: 'A proxy for everything would not survive',
    message: (c) => `proxy.for: expected the tools and repositories that need the proxy, found ${c.found}`,
    hint: (c) => `name them: ${c.known.join(', ')}, or repository ids such as epel`,
    about:
      'At its first boot a ParallelCluster node appends proxy= to dnf.conf (yum.conf, apt.conf), empty where the cluster has none: a proxy baked in for everything is undone there. One given to a single repository or tool stays.',
  }),
  MIRROR_CREDENTIALS: row<{ url: string }>({
    exit: 2,
    title: 'A mirror URL holds a password',
    message: (c) =>
      `the mirror URL ${c.url} holds a user name or password, which would be baked into the image`,
    hint: () => 'remove it; let the mirror allow the build subnet without a login',
  }),
  MIRROR_LAYOUT: row<{ os: string; repo: string }>({
    exit: 2,
    title: 'A repository has no mirror path',
    message: (c) => `mirrors: layout custom says no path for repository ${c.repo} of ${c.os}`,
    hint: (c) => `add mirrors.repos.${c.repo}.path, or choose a layout that knows it`,
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
  CA_TWICE: row<{ path: string; subject: string; first: string }>({
    exit: 2,
    title: 'A CA certificate is given twice',
    message: (c) => `${c.path}: ${c.subject} is already in ${c.first}`,
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
  STEP_TOO_LARGE: row<{ step: string; size: number; limit: number }>({
    exit: 2,
    title: 'A step is larger than Image Builder takes',
    message: (c) =>
      `step ${c.step} is ${c.size} characters as a component; Image Builder takes ${c.limit} inline`,
    hint: () => 'make the assets or certificates of that step smaller; this version has no S3 staging yet',
  }),
  COMPONENTS_TOO_MANY: row<{ count: number; limit: number }>({
    exit: 2,
    title: 'The recipe needs more components than Image Builder takes',
    message: (c) =>
      `the recipe makes ${c.count} components; Image Builder takes ${c.limit} in one image recipe`,
    hint: () => 'make assets and scripts smaller or fewer; this version has no S3 staging yet',
  }),
  ENGINE_CANNOT: row<{ engine: string; what: string }>({
    exit: 2,
    title: 'The engine cannot do that in this version',
    message: (c) => `engine ${c.engine} cannot ${c.what} in this version`,
    hint: () =>
      'use --engine imagebuilder; bake render --engine packer writes the Packer files to run by hand',
  }),

  // ── the environment ─────────────────────────────────────────────────────────────────────────────────────────
  AWS_CREDENTIALS: row<{ reason: string }>({
    exit: 3,
    title: 'There are no AWS credentials',
    message: (c) => `there are no usable AWS credentials: ${c.reason}`,
    hint: () =>
      'sign in (aws sso login, a role, or environment variables), or add --sandbox to see the whole job without an AWS account; bake init explains the set-up',
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
    hint: () =>
      'make room or give the folder to this user, then run the same command again: it goes on where it stopped',
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
  LOCK_HELD: row<{ owner: string; hours: number; name: string }>({
    exit: 3,
    title: 'Another bake of the same image is under way',
    message: (c) => `${c.owner} has been baking this very image for ${c.hours} hours (${c.name})`,
    hint: () => 'see what it is doing; the same command adopts its image once it is done',
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
  PUBLISH_NOT_TAKEN: row<{ name: string; region: string; wanted: string; found: string }>({
    exit: 4,
    title: 'The parameter did not take the new value',
    message: (c) =>
      `${c.name} in ${c.region} still reads ${c.found} after writing ${c.wanted}: SSM did not accept the AMI id`,
    hint: () => 'the AMI must exist in that Region and account; run the same command again',
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
      'The list is written when an image is verified, into the folder that store of bakery.yaml names. An image that another machine baked has its list there: let store be a folder that both have.',
  }),
  SBOM_UNREADABLE: row<{ file: string; reason: string }>({
    exit: 2,
    title: 'A package list cannot be read',
    message: (c) => `${c.file} is no CycloneDX document: ${c.reason}`,
    hint: () =>
      'bake rehearse --sbom FILE and every bake write one; other tools write it as "CycloneDX JSON"',
  }),

  // ── rotation ────────────────────────────────────────────────────────────────────────────────────────────────
  ROTATE_SYNTAX: row<{ message: string }>({
    exit: 2,
    title: 'A cluster config is not valid YAML',
    message: (c) => `not valid YAML, left alone: ${c.message}`,
    hint: () => 'mend it, then run bake rotate; it holds up no other file',
  }),
  ROTATE_CHANGED: row<{ reason: string }>({
    exit: 3,
    title: 'A cluster config changed while it was being rotated',
    message: (c) => `left alone: ${c.reason}`,
    hint: () => 'run the same command again',
  }),
  FILE_UNWRITABLE: row<{ path: string; reason: string }>({
    exit: 3,
    title: 'A file cannot be written',
    message: (c) => `${c.path} cannot be written: ${c.reason}`,
    hint: () => 'it was left as it is; give it and its folder to this user, then run the same command again',
  }),
  ROTATE_REFUSED: row<{ reason: string }>({
    exit: 70,
    title: 'A rotated file did not come out as intended',
    message: (c) => `left alone: ${c.reason}`,
    hint: () => 'this is a bug of bake; please report it with the file',
  }),

  // ── ends ────────────────────────────────────────────────────────────────────────────────────────────────────
  INTERRUPTED: row<{ run: string }>({
    exit: 130,
    title: 'Interrupted',
    message: (c) => `interrupted${c.run ? ` (run ${c.run})` : ''}`,
    hint: () => 'run the same command again: it goes on where it stopped',
  }),
  INTERNAL: row<{ message: string; stack: string }>({
    exit: 70,
    title: 'A bug of bake',
    message: (c) => `a bug of bake: ${c.message}`,
    hint: () =>
      'please report it with the command and the lines below; your files and AWS account were left as they are',
  }),
} as const;

export type ErrorCode = keyof typeof errorTable;
export type ErrorContext<C extends ErrorCode> = Parameters<(typeof errorTable)[C]['message']>[0];
