/** The table of all options: flag, kind of value, meaning. Commands choose from it. */
import { OF_ENGINES } from './command.ts';

type Kind =
  /** Given or not. */
  | 'flag'
  /** One value; the last one counts. */
  | 'value'
  /** May be repeated. */
  | 'list'
  /** A TCP port, 0 to 65535. */
  | 'port';

export interface OptionSpec {
  flag: `--${string}`;
  kind: Kind;
  /** The name of the value in the help. */
  value?: string;
  summary: string;
}

export const optionTable = {
  // ── every command ─────────────────────────────────────────────────────────────────────────────────────────
  config: { flag: '--config', kind: 'value', value: 'FILE', summary: 'configuration (default: bakery.yaml)' },
  json: { flag: '--json', kind: 'flag', summary: 'print one JSON document on stdout and nothing else' },
  quiet: { flag: '--quiet', kind: 'flag', summary: 'show only warnings and errors' },
  verbose: { flag: '--verbose', kind: 'flag', summary: 'show the output of the steps too' },
  noColor: { flag: '--no-color', kind: 'flag', summary: 'no colours; the same as NO_COLOR' },
  yes: { flag: '--yes', kind: 'flag', summary: 'do not ask before writing' },
  sandbox: { flag: '--sandbox', kind: 'flag', summary: 'use the embedded AWS instead of an account' },
  state: {
    flag: '--state',
    kind: 'value',
    value: 'DIR',
    summary: 'folder with the state of the sandbox (default: .bakery/sandbox)',
  },

  // ── targets ───────────────────────────────────────────────────────────────────────────────────────────────
  os: { flag: '--os', kind: 'list', value: 'ID', summary: 'OS to bake, such as alinux2 (repeatable)' },
  all: { flag: '--all', kind: 'flag', summary: 'every target of bakery.yaml' },
  arch: { flag: '--arch', kind: 'value', value: 'ARCH', summary: 'x86_64 or arm64' },
  parallelcluster: {
    flag: '--parallelcluster',
    kind: 'value',
    value: 'VERSION',
    summary: 'ParallelCluster release (default: the newest with that OS)',
  },
  region: {
    flag: '--region',
    kind: 'list',
    value: 'REGION',
    summary: 'Region; the first bakes, the others get copies (repeatable)',
  },

  // ── a run ─────────────────────────────────────────────────────────────────────────────────────────────────
  engine: { flag: '--engine', kind: 'value', value: 'NAME', summary: OF_ENGINES },
  recipe: {
    flag: '--recipe',
    kind: 'value',
    value: 'NAME|FILE',
    summary: 'what goes into the image: standard, minimal, or a file',
  },
  channel: {
    flag: '--channel',
    kind: 'value',
    value: 'NAME',
    summary: 'channel to publish to, such as stable',
  },
  rebake: { flag: '--rebake', kind: 'flag', summary: 'bake even if an image with this fingerprint exists' },

  // ── single commands ───────────────────────────────────────────────────────────────────────────────────────
  plan: {
    flag: '--plan',
    kind: 'value',
    value: 'FILE',
    summary: 'apply exactly the approved plan in FILE',
  },
  out: { flag: '--out', kind: 'value', value: 'PATH', summary: 'folder to write to (default: rendered)' },
  nodeScript: {
    flag: '--node-script',
    kind: 'flag',
    summary: 'write the steps as one OnNodeStart script, for nodes whose image cannot change',
  },
  rootfs: {
    flag: '--rootfs',
    kind: 'value',
    value: 'DIR|TAR',
    summary: "root filesystem to rehearse in (default: this machine's programs)",
  },
  network: {
    flag: '--network',
    kind: 'value',
    value: 'NETNS',
    summary: 'network namespace (default: no network)',
  },
  provenance: {
    flag: '--provenance',
    kind: 'flag',
    summary: 'check the signatures of the images in the channel instead of booting an image',
  },
  image: { flag: '--image', kind: 'value', value: 'AMI', summary: 'use this image (one target)' },
  junit: {
    flag: '--junit',
    kind: 'value',
    value: 'FILE',
    summary: 'write the verify list as JUnit XML, for CI systems',
  },
  sbom: {
    flag: '--sbom',
    kind: 'value',
    value: 'FILE',
    summary: 'write the package list as CycloneDX JSON (one target)',
  },
  format: {
    flag: '--format',
    kind: 'value',
    value: 'FORMAT',
    summary: 'table or markdown (default: table)',
  },
  check: { flag: '--check', kind: 'flag', summary: 'only report; exit 1 if references are stale' },
  allowUnresolved: {
    flag: '--allow-unresolved',
    kind: 'flag',
    summary: 'report unresolved references without exit 1',
  },
  includeRoot: {
    flag: '--include-root',
    kind: 'flag',
    summary: 'rotate root and head-node images too (needs a new cluster)',
  },
  insertQueueOverrides: {
    flag: '--insert-queue-overrides',
    kind: 'flag',
    summary: 'write Image.CustomAmi into queues that inherit the root image; a live cluster accepts that',
  },
  fromChannel: {
    flag: '--from-channel',
    kind: 'value',
    value: 'NAME',
    summary: 'channel to follow (default: rotate.channel)',
  },
  family: {
    flag: '--family',
    kind: 'value',
    value: 'OS/ARCH/VERSION',
    summary: 'with --to: which references move, such as alinux2/x86_64/3.15.1',
  },
  map: {
    flag: '--map',
    kind: 'list',
    value: 'OLD=NEW|FILE',
    summary: 'replace one id by another, or all ids of a CSV or JSON file; needs no AWS (repeatable)',
  },
  diff: { flag: '--diff', kind: 'flag', summary: 'print the changes as a unified diff without writing them' },
  literal: {
    flag: '--literal',
    kind: 'flag',
    summary: 'also rotate ids in files without a known format: templates, scripts, heredocs',
  },
  validate: {
    flag: '--validate',
    kind: 'flag',
    summary: 'check the result with the installed pcluster',
  },
  pr: {
    flag: '--pr',
    kind: 'flag',
    summary: 'commit the changes to a branch, without changing the working tree',
  },
  remote: { flag: '--remote', kind: 'flag', summary: 'with --pr: push the branch and open a pull request' },
  commitPerCluster: {
    flag: '--commit-per-cluster',
    kind: 'flag',
    summary: 'with --pr: make one commit for each file',
  },
  upload: {
    flag: '--upload',
    kind: 'value',
    value: 's3://BUCKET/PREFIX',
    summary: 'upload the template and print a link that launches it in a browser',
  },
  whereUsed: {
    flag: '--where-used',
    kind: 'flag',
    summary: 'also list every reference in files, with the channel that it should follow',
  },
  from: { flag: '--from', kind: 'value', value: 'NAME', summary: 'channel to take the image from' },
  to: { flag: '--to', kind: 'value', value: 'NAME', summary: 'channel to put it into (default: stable)' },
  unverified: {
    flag: '--unverified',
    kind: 'flag',
    summary: 'also accept an image that failed verification or was never verified',
  },
  noRotate: { flag: '--no-rotate', kind: 'flag', summary: 'do not change cluster configs' },
  update: { flag: '--update', kind: 'list', value: 'NAME', summary: 'asset to resolve again (repeatable)' },
  full: {
    flag: '--full',
    kind: 'flag',
    summary: 'read every file again instead of trusting its size and time',
  },
  official: { flag: '--official', kind: 'flag', summary: 'only official images' },
  cron: {
    flag: '--cron',
    kind: 'value',
    value: 'EXPR',
    summary: 'when to start, in the syntax of the scheduler (default: from refresh of bakery.yaml)',
  },
  delete: { flag: '--delete', kind: 'flag', summary: 'delete what the command made' },
  ownRecipe: {
    flag: '--own-recipe',
    kind: 'flag',
    summary: 'copy the recipe next to bakery.yaml, to change it',
  },
  github: { flag: '--github', kind: 'flag', summary: 'write a GitHub workflow' },
  port: { flag: '--port', kind: 'port', value: 'N', summary: 'port to listen on (default: a free one)' },
  clock: {
    flag: '--clock',
    kind: 'value',
    value: 'TIME',
    summary: 'current time of the account, such as 2026-12-21',
  },
  faults: {
    flag: '--faults',
    kind: 'value',
    value: 'JSON',
    summary: 'faults to inject, such as {"throttle":0.2}',
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof optionTable;

interface KindValue {
  flag: boolean;
  value: string | undefined;
  list: string[];
  port: number | undefined;
}

/** The options of a command. Defaults: false for flags, an empty list for lists, bakery.yaml for config, else undefined. */
export type Options = {
  [K in Exclude<OptionName, 'config'>]: KindValue[(typeof optionTable)[K]['kind']];
} & { config: string };

/** The options of every command, in the order of the help. */
export const globalOptions: readonly OptionName[] = [
  'config', 'json', 'quiet', 'verbose', 'noColor', 'yes', 'sandbox', 'state',
]; // prettier-ignore

/** The options that select targets and configure a run. */
export const runOptions: readonly OptionName[] = [
  'os', 'all', 'arch', 'parallelcluster', 'region', 'engine', 'recipe', 'channel', 'rebake',
]; // prettier-ignore
