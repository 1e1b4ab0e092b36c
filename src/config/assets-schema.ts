/** Owns the shape of assets.yaml: what is fetched once, where it comes from, and where it lands in the image. */
import type { z } from 'zod';
import { bakeable } from '../os/index.ts';
import { releases } from '../os/releases.ts';
import { locationPattern } from './location.ts';
import { choice, filePath, list, section, shapeVersion, text, truth, wholeNumber } from './leaves.ts';

/** Wiped at the end of a bake, or mounted over on compute nodes (trap 8, facts/parallelcluster.md 6). */
const NOT_IN_IMAGES =
  /^\/(tmp|var\/tmp|home|opt\/slurm|opt\/intel|opt\/parallelcluster\/shared|run|dev|proc|sys)(\/|$)/;

/** Entries that come with bake, by what needs them (src/assets/ready-made.ts): one name a release. */
export const readyMadeNames: readonly [string, ...string[]] = [
  'parallelcluster-pyenv',
  ...releases.map((version) => `parallelcluster-${version}`),
];

// GitHub's own rules; "." and ".." would leave the address.
const repo = () =>
  text(
    'a repository such as OWNER/NAME',
    /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  ).describe('The repository on GitHub.');
// git-check-ref-format(1), and nothing that git could take for an option.
const ref = (expected: string) =>
  text(expected, /^(?![-./])(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)|\/\.|[./]$))[A-Za-z0-9._/@+-]{1,200}$/);
const relative = (expected: string) =>
  text(expected, /^(?:(?!\.{1,2}(?:\/|$))[^/\\\p{Cc}]+(?:\/(?!$)|$))+$/u);

const release = section({
  repo: repo(),
  tag: ref('a tag such as v1.2.3, or latest').describe(
    'The release; latest is resolved by bake assets lock, and only there.',
  ),
  file: text('the name of a file of the release', /^[^/\\\p{Cc}]{1,200}$/u).describe(
    'Its file: {arch} stands for the architecture, {tag} and {version} (the tag without v) for the release, * for anything.',
  ),
  arch: section({
    x86_64: text('a word such as amd64', /^[A-Za-z0-9._-]{1,40}$/)
      .default('x86_64')
      .describe('What {arch} reads for x86_64.'),
    arm64: text('a word such as aarch64', /^[A-Za-z0-9._-]{1,40}$/)
      .default('aarch64')
      .describe('What {arch} reads for arm64.'),
  })
    .optional()
    .describe('How the project writes architectures. Default: x86_64 and aarch64.'),
  sums: text('the name of a file of the release', /^[^/\\\p{Cc}]{1,200}$/u)
    .optional()
    .describe(
      'The file with its digests, where GitHub has none. Default: SHA256SUMS and what else it is called.',
    ),
});

const archive = section({
  repo: repo(),
  ref: ref('a tag, branch or commit').describe('Resolved to a commit.'),
});

const raw = section({
  repo: repo(),
  ref: ref('a tag, branch or commit').describe('Resolved to a commit.'),
  file: relative('the path of a file in the repository').describe('The file.'),
});

const git = section({
  repo: repo(),
  ref: ref('a tag, branch or commit').describe('Resolved to a commit.'),
});

const unpack = section({
  strip: wholeNumber('a whole number from 0 to 20', 0, 20)
    .default(0)
    .describe('Folders to leave out at the beginning of each path.'),
  setuid: truth()
    .default(false)
    .describe('Whether setuid and setgid bits are kept; without it such files are refused.'),
  mebibytes: wholeNumber('a whole number from 1 to 65536', 1, 65_536)
    .default(4096)
    .describe('The most it may hold unpacked.'),
});

const target = section({
  os: list(choice(bakeable as unknown as readonly [string, ...string[]]), 'a list of OS ids')
    .optional()
    .describe('Only for these.'),
  arch: list(choice(['x86_64', 'arm64']), 'a list of x86_64 and arm64')
    .optional()
    .describe('Only for these.'),
  parallelcluster: list(text('a version such as 3.15.1', /^[0-9]+\.[0-9]+\.[0-9]+$/), 'a list of versions')
    .optional()
    .describe('Only for these.'),
});

const asset = section({
  name: text('a name of letters, digits, "-", "_" or "."', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/).describe(
    'A short stable name; each only once.',
  ),
  file: filePath('the path of a file such as assets/tool.tar.gz')
    .optional()
    .describe('A file on this machine, relative to the folder of bakery.yaml; with sha256.'),
  release: release.optional().describe('A file of a release on GitHub.'),
  archive: archive.optional().describe("A repository's source as GitHub packs it, at a commit."),
  raw: raw.optional().describe('One file of a repository, at a commit.'),
  git: git.optional().describe('A repository with its history up to a commit, to be cloned from inside.'),
  url: text('an https:// URL of a file without login', /^https:\/\/[^\s"'`\\<>@?#]+[^\s"'`\\<>@?#/]$/)
    .optional()
    .describe('Any other file that HTTPS serves.'),
  sha256: text('64 lower-case hex digits (sha256sum FILE)', /^[0-9a-f]{64}$/)
    .optional()
    .describe(
      'Digest of the file: needed for file; elsewhere it is held against what bake assets lock finds.',
    ),
  // No "." or ".." parts, no double slash: the path that is checked is the path that is written.
  path: text('an absolute path in the image such as /opt/site/tool', /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u)
    .refine((at) => !NOT_IN_IMAGES.test(at), {
      error:
        'a path that nodes see: not below /tmp, /var/tmp, /home, /opt/slurm, /opt/intel, /opt/parallelcluster/shared, /run, /dev, /proc or /sys',
    })
    .optional()
    .describe(
      'Where it goes in the image; each path only once. Default: below /opt/bakery/assets, by its address.',
    ),
  mode: text('a file mode such as "0644"', /^0[0-7]{3}$/)
    .default('0644')
    .describe('Its mode in the image, in octal.'),
  owner: text('an owner such as root, or user:group', /^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$/)
    .optional()
    .describe('Its owner in the image. Default: root.'),
  unpack: unpack.optional().describe('It is an archive (tar, tar.gz, zip): its content goes to path.'),
  image: truth()
    .default(true)
    .describe('Whether it goes into images; false: it is only kept in the store and its mirrors.'),
  for: target.optional().describe('Which images it goes into. Default: all.'),
});

export const assetsSchema = section({
  version: shapeVersion(),
  store: filePath('the path of a folder such as .bakery/assets')
    .default('.bakery/assets')
    .describe('Where bake assets fetch keeps files on this machine.'),
  sources: list(
    text(
      'file:///FOLDER, s3://BUCKET/PREFIX or https://MIRROR/PATH without login',
      /^(file:\/\/\/|s3:\/\/|https?:\/\/)[^\s"'`\\<>@?#]+$/,
    ).refine((source) => !source.startsWith('s3://') || locationPattern.test(source), {
      error: 's3://BUCKET/PREFIX, with a bucket as S3 names them',
    }),
    'a list such as [https://mirror.corp.example/assets]',
  )
    .default([])
    .describe(
      'Where to look first, in order: what bake assets mirror wrote. The digest decides, so any will do.',
    ),
  origin: truth().default(true).describe('Whether what no source has is fetched from where it came from.'),
  redirects: list(
    text('a host such as assets.corp.example', /^[A-Za-z0-9.-]+(:[0-9]{1,5})?$/),
    'a list of hosts',
  )
    .default([])
    .describe("Hosts that a download may be sent to, beside GitHub's own."),
  include: list(choice(readyMadeNames), 'a list of ready-made entries such as [parallelcluster-3.9.3]')
    .default([])
    .describe(
      'Entries that come with bake: what ParallelCluster itself takes from GitHub, when a node boots (-pyenv) or when an image of a release is built.',
    ),
  hosts: section({
    address: text('an IPv4 address', /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/).describe('The mirror.'),
    names: list(text('a host name such as github.com', /^[a-z0-9.-]+$/), 'a list of host names')
      .min(1, { error: 'at least one name' })
      .describe('What it answers for.'),
  })
    .optional()
    .describe(
      "Names that /etc/hosts of the image gives the mirror: it then answers in GitHub's place, with a certificate by a CA of trust.",
    ),
  assets: list(asset, 'a list of assets')
    .default([])
    .describe('The files, in the order they are put in place.'),
});

export type Assets = z.output<typeof assetsSchema>;
export type AssetEntry = Assets['assets'][number];

/** Where a file comes from: an entry has exactly one of these keys. */
export const sourceKeys = ['file', 'release', 'archive', 'raw', 'git', 'url'] as const;
