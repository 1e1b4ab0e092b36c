/** The schema of assets.yaml: which files bake fetches, where they come from, and where they go in the image. */
import type { z } from 'zod';
import { bakeable } from '../os/index.ts';
import { releases } from '../os/releases.ts';
import { locationPattern } from './location.ts';
import { choice, filePath, list, section, shapeVersion, text, truth, wholeNumber } from './leaves.ts';

/** Paths that ami_cleanup.sh of ParallelCluster deletes at the end of a bake, or that compute nodes mount from the head node. */
const NOT_IN_IMAGES =
  /^\/(tmp|var\/tmp|home|opt\/slurm|opt\/intel|opt\/parallelcluster\/shared|run|dev|proc|sys)(\/|$)/;

/** Built-in entries (src/assets/ready-made.ts): one for pyenv, and one for each ParallelCluster release. */
export const readyMadeNames: readonly [string, ...string[]] = [
  'parallelcluster-pyenv',
  ...releases.map((version) => `parallelcluster-${version}`),
];

// The rules of GitHub. "." and ".." would change the path of the URL.
const repo = () =>
  text(
    'a repository such as OWNER/NAME',
    /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  ).describe('The repository on GitHub.');
// The rules of git-check-ref-format(1), without names that git could take for an option.
const ref = (expected: string) =>
  text(expected, /^(?![-./])(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)|\/\.|[./]$))[A-Za-z0-9._/@+-]{1,200}$/);
const relative = (expected: string) =>
  text(expected, /^(?:(?!\.{1,2}(?:\/|$))[^/\\\p{Cc}]+(?:\/(?!$)|$))+$/u);

const release = section({
  repo: repo(),
  tag: ref('a tag such as v1.2.3, or latest').describe(
    'The tag of the release; only bake assets lock resolves latest.',
  ),
  file: text('the name of a file of the release', /^[^/\\\p{Cc}]{1,200}$/u).describe(
    'The file: {arch} is replaced by the architecture, {tag} and {version} (the tag without v) by the release; * matches anything.',
  ),
  arch: section({
    x86_64: text('a word such as amd64', /^[A-Za-z0-9._-]{1,40}$/)
      .default('x86_64')
      .describe('The value of {arch} for x86_64.'),
    arm64: text('a word such as aarch64', /^[A-Za-z0-9._-]{1,40}$/)
      .default('aarch64')
      .describe('The value of {arch} for arm64.'),
  })
    .optional()
    .describe('The names of the architectures in this project. Default: x86_64 and aarch64.'),
  sums: text('the name of a file of the release', /^[^/\\\p{Cc}]{1,200}$/u)
    .optional()
    .describe('The file with the digests, if GitHub has none. Default: SHA256SUMS and other common names.'),
});

const archive = section({
  repo: repo(),
  ref: ref('a tag, branch or commit').describe(
    'The tag, branch or commit; bake assets lock resolves it to a commit.',
  ),
});

const raw = section({
  repo: repo(),
  ref: ref('a tag, branch or commit').describe(
    'The tag, branch or commit; bake assets lock resolves it to a commit.',
  ),
  file: relative('the path of a file in the repository').describe('The path of the file in the repository.'),
});

const git = section({
  repo: repo(),
  ref: ref('a tag, branch or commit').describe(
    'The tag, branch or commit; bake assets lock resolves it to a commit.',
  ),
});

const unpack = section({
  strip: wholeNumber('a whole number from 0 to 20', 0, 20)
    .default(0)
    .describe('The number of folders to remove from the beginning of each path.'),
  setuid: truth()
    .default(false)
    .describe('Whether to keep setuid and setgid bits; otherwise bake refuses such files.'),
  mebibytes: wholeNumber('a whole number from 1 to 65536', 1, 65_536)
    .default(4096)
    .describe('The largest size of the unpacked content, in MiB.'),
});

const target = section({
  os: list(choice(bakeable as unknown as readonly [string, ...string[]]), 'a list of OS ids')
    .optional()
    .describe('Only for these OS ids.'),
  arch: list(choice(['x86_64', 'arm64']), 'a list of x86_64 and arm64')
    .optional()
    .describe('Only for these architectures.'),
  parallelcluster: list(text('a version such as 3.15.1', /^[0-9]+\.[0-9]+\.[0-9]+$/), 'a list of versions')
    .optional()
    .describe('Only for these ParallelCluster releases.'),
});

const asset = section({
  name: text('a name of letters, digits, "-", "_" or "."', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/).describe(
    'A short stable name that no other asset has.',
  ),
  file: filePath('the path of a file such as assets/tool.tar.gz')
    .optional()
    .describe('A file on this machine, relative to the folder of bakery.yaml; needs sha256.'),
  release: release.optional().describe('A file of a release on GitHub.'),
  archive: archive.optional().describe('The source archive of a GitHub repository at a commit.'),
  raw: raw.optional().describe('One file of a GitHub repository at a commit.'),
  git: git
    .optional()
    .describe('A repository with its history up to a commit, which nodes clone from the image.'),
  url: text('an https:// URL of a file without a login', /^https:\/\/[^\s"'`\\<>@?#]+[^\s"'`\\<>@?#/]$/)
    .optional()
    .describe('Any other file that is available over HTTPS.'),
  sha256: text('64 lower-case hex digits (sha256sum FILE)', /^[0-9a-f]{64}$/)
    .optional()
    .describe(
      'The SHA-256 digest of the file: required with file; for other sources bake assets lock compares it with what it finds.',
    ),
  // No "." or ".." and no double slash, so that bake writes exactly the path that it checked.
  path: text('an absolute path in the image such as /opt/site/tool', /^(\/(?!\.{1,2}(\/|$))[^/\p{Cc}]+)+$/u)
    .refine((at) => !NOT_IN_IMAGES.test(at), {
      error:
        'a path that stays visible on nodes: not below /tmp, /var/tmp, /home, /opt/slurm, /opt/intel, /opt/parallelcluster/shared, /run, /dev, /proc or /sys',
    })
    .optional()
    .describe(
      'The path in the image, which no other asset uses. Default: a path below /opt/bakery/assets that follows from the address.',
    ),
  mode: text('a file mode such as "0644"', /^0[0-7]{3}$/)
    .default('0644')
    .describe('The mode of the file in the image, in octal.'),
  owner: text('an owner such as root, or user:group', /^[a-z_][a-z0-9_-]{0,31}(:[a-z_][a-z0-9_-]{0,31})?$/)
    .optional()
    .describe('The owner of the file in the image. Default: root.'),
  unpack: unpack.optional().describe('Unpack the archive (tar, tar.gz, zip) to path.'),
  image: truth()
    .default(true)
    .describe('Whether the asset goes into images; false keeps it only in the store and its mirrors.'),
  for: target.optional().describe('The images that the asset goes into. Default: all.'),
});

export const assetsSchema = section({
  version: shapeVersion(),
  store: filePath('the path of a folder such as .bakery/assets')
    .default('.bakery/assets')
    .describe('Where bake assets fetch keeps files on this machine.'),
  sources: list(
    text(
      'file:///FOLDER, s3://BUCKET/PREFIX or https://MIRROR/PATH without a login',
      /^(file:\/\/\/|s3:\/\/|https?:\/\/)[^\s"'`\\<>@?#]+$/,
    ).refine((source) => !source.startsWith('s3://') || locationPattern.test(source), {
      error: 's3://BUCKET/PREFIX with a valid bucket name',
    }),
    'a list such as [https://mirror.corp.example/assets]',
  )
    .default([])
    .describe(
      'Mirrors that bake assets mirror wrote, tried in this order before the original source. The digest is checked, so any of them is safe.',
    ),
  origin: truth()
    .default(true)
    .describe('Whether to fetch from the original source if no mirror has the file.'),
  redirects: list(
    text('a host such as assets.corp.example', /^[A-Za-z0-9.-]+(:[0-9]{1,5})?$/),
    'a list of hosts',
  )
    .default([])
    .describe('Hosts that a download may redirect to, in addition to those of GitHub.'),
  include: list(choice(readyMadeNames), 'a list of built-in entries such as [parallelcluster-3.9.3]')
    .default([])
    .describe(
      'Built-in entries: the files that ParallelCluster itself fetches from GitHub when a node boots (-pyenv) or when an image of a release is built.',
    ),
  hosts: section({
    address: text('an IPv4 address', /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/).describe(
      'The address of the mirror.',
    ),
    names: list(text('a host name such as github.com', /^[a-z0-9.-]+$/), 'a list of host names')
      .min(1, { error: 'at least one name' })
      .describe('The host names that the mirror answers for.'),
  })
    .optional()
    .describe(
      'Host names that /etc/hosts of the image maps to the mirror, which then answers instead of GitHub, with a certificate by a CA under trust:.',
    ),
  assets: list(asset, 'a list of assets')
    .default([])
    .describe('The files, in the order in which bake puts them into the image.'),
});

export type Assets = z.output<typeof assetsSchema>;
export type AssetEntry = Assets['assets'][number];

/** The sources of a file: an entry has exactly one of these keys. */
export const sourceKeys = ['file', 'release', 'archive', 'raw', 'git', 'url'] as const;
