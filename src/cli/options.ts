/** Owns every option `bake` knows, once: what it is called, what it takes, what it means. Commands pick from it. */
import { OF_ENGINES } from './command.ts';

type Kind =
  /** Present or not. */
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
  /** How the value is called in the help. */
  value?: string;
  summary: string;
}

export const optionTable = {
  // ── every command ─────────────────────────────────────────────────────────────────────────────────────────
  config: { flag: '--config', kind: 'value', value: 'FILE', summary: 'configuration (default: bakery.yaml)' },
  json: { flag: '--json', kind: 'flag', summary: 'one JSON document on stdout, nothing else there' },
  quiet: { flag: '--quiet', kind: 'flag', summary: 'warnings and errors only' },
  verbose: { flag: '--verbose', kind: 'flag', summary: 'show the output of the steps too' },
  noColor: { flag: '--no-color', kind: 'flag', summary: 'no colours (NO_COLOR works too)' },
  yes: { flag: '--yes', kind: 'flag', summary: 'do not ask before writing' },
  sandbox: { flag: '--sandbox', kind: 'flag', summary: 'use the embedded AWS: no account is touched' },
  state: {
    flag: '--state',
    kind: 'value',
    value: 'DIR',
    summary: 'state of the sandbox (default: .bakery/sandbox)',
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
    summary: 'apply the approved plan in FILE, and nothing else',
  },
  out: { flag: '--out', kind: 'value', value: 'PATH', summary: 'folder to write to (default: rendered)' },
  nodeScript: {
    flag: '--node-script',
    kind: 'flag',
    summary: 'the steps as one OnNodeStart script instead, for nodes whose image cannot change',
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
    summary: 'check who signed for the images in the channel, and boot nothing',
  },
  image: { flag: '--image', kind: 'value', value: 'AMI', summary: 'this image (one target)' },
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
  check: { flag: '--check', kind: 'flag', summary: 'report only, write nothing; exit 1 on stale references' },
  allowUnresolved: {
    flag: '--allow-unresolved',
    kind: 'flag',
    summary: 'unresolved references are reported, not counted as a difference',
  },
  includeRoot: {
    flag: '--include-root',
    kind: 'flag',
    summary: 'rotate root and head-node images too (needs a new cluster)',
  },
  insertQueueOverrides: {
    flag: '--insert-queue-overrides',
    kind: 'flag',
    summary: "write Image.CustomAmi into queues that take the root's image: a live cluster takes that",
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
    summary: 'with --to: the references that move, such as alinux2/x86_64/3.15.1',
  },
  map: {
    flag: '--map',
    kind: 'list',
    value: 'OLD=NEW|FILE',
    summary: 'move this id to that one, or as a CSV or JSON file says; no AWS needed (repeatable)',
  },
  diff: { flag: '--diff', kind: 'flag', summary: 'print the changes as a unified diff, write nothing' },
  literal: {
    flag: '--literal',
    kind: 'flag',
    summary: 'also every id in files that no format reads: templates, scripts, heredocs',
  },
  validate: {
    flag: '--validate',
    kind: 'flag',
    summary: 'check the result with the pcluster installed here',
  },
  pr: { flag: '--pr', kind: 'flag', summary: 'commit the changes to a branch; the working tree stays' },
  remote: { flag: '--remote', kind: 'flag', summary: 'with --pr: push the branch and open a pull request' },
  commitPerCluster: {
    flag: '--commit-per-cluster',
    kind: 'flag',
    summary: 'with --pr: a commit for each file instead of one',
  },
  upload: {
    flag: '--upload',
    kind: 'value',
    value: 's3://BUCKET/PREFIX',
    summary: 'put it there, and print a link that launches it from a browser',
  },
  whereUsed: {
    flag: '--where-used',
    kind: 'flag',
    summary: 'also every reference in files, beside the channel it should follow',
  },
  from: { flag: '--from', kind: 'value', value: 'NAME', summary: 'channel to take the image from' },
  to: { flag: '--to', kind: 'value', value: 'NAME', summary: 'channel to put it into (default: stable)' },
  unverified: {
    flag: '--unverified',
    kind: 'flag',
    summary: 'also an image that did not pass verification, or never was verified',
  },
  noRotate: { flag: '--no-rotate', kind: 'flag', summary: 'leave the cluster configs as they are' },
  update: { flag: '--update', kind: 'list', value: 'NAME', summary: 'asset to resolve anew (repeatable)' },
  full: { flag: '--full', kind: 'flag', summary: 'read every file again, instead of trusting size and time' },
  official: { flag: '--official', kind: 'flag', summary: 'the official images only' },
  cron: {
    flag: '--cron',
    kind: 'value',
    value: 'EXPR',
    summary: 'when, in the words of what runs it (default: by refresh of bakery.yaml)',
  },
  delete: { flag: '--delete', kind: 'flag', summary: 'remove what the command made' },
  ownRecipe: {
    flag: '--own-recipe',
    kind: 'flag',
    summary: 'copy the recipe next to bakery.yaml, to change it',
  },
  github: { flag: '--github', kind: 'flag', summary: 'a GitHub workflow' },
  port: { flag: '--port', kind: 'port', value: 'N', summary: 'port to listen on (default: a free one)' },
  clock: {
    flag: '--clock',
    kind: 'value',
    value: 'TIME',
    summary: "the account's time now, such as 2026-12-21",
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

/** What a command gets: flags default to false, lists to empty, the rest to undefined; config to bakery.yaml. */
export type Options = {
  [K in Exclude<OptionName, 'config'>]: KindValue[(typeof optionTable)[K]['kind']];
} & { config: string };

/** On every command, in the order of the help. */
export const globalOptions: readonly OptionName[] = [
  'config', 'json', 'quiet', 'verbose', 'noColor', 'yes', 'sandbox', 'state',
]; // prettier-ignore

/** What names targets and shapes a run: shared by run, plan and render. */
export const runOptions: readonly OptionName[] = [
  'os', 'all', 'arch', 'parallelcluster', 'region', 'engine', 'recipe', 'channel', 'rebake',
]; // prettier-ignore
