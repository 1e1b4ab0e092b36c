/** The options of all commands, as values: jobs read these and never see argv. src/cli/options.ts has their flags and help texts. */

export interface JobOptions {
  /** --config FILE: configuration (default: bakery.yaml). */
  config: string;
  /** --json: one JSON document on stdout, nothing else there. */
  json: boolean;
  /** --quiet: warnings and errors only. */
  quiet: boolean;
  /** --verbose: show the output of the steps too. */
  verbose: boolean;
  /** --no-color: no colours (NO_COLOR works too). */
  noColor: boolean;
  /** --yes: do not ask before writing. */
  yes: boolean;
  /** --sandbox: use the embedded AWS: no account is touched. */
  sandbox: boolean;
  /** --state DIR: state of the sandbox (default: .bakery/sandbox). */
  state: string | undefined;
  /** --os ID: OS to bake, such as alinux2 (repeatable). */
  os: string[];
  /** --all: every target of bakery.yaml. */
  all: boolean;
  /** --arch ARCH: x86_64 or arm64. */
  arch: string | undefined;
  /** --parallelcluster VERSION: ParallelCluster release (default: the newest with that OS). */
  parallelcluster: string | undefined;
  /** --region REGION: Region; the first bakes, the others get copies (repeatable). */
  region: string[];
  /** --engine NAME: imagebuilder or packer. */
  engine: string | undefined;
  /** --recipe NAME|FILE: what goes into the image: standard, minimal, or a file. */
  recipe: string | undefined;
  /** --channel NAME: channel to publish to, such as stable. */
  channel: string | undefined;
  /** --rebake: bake even if an image with this fingerprint exists. */
  rebake: boolean;
  /** --plan FILE: apply the approved plan in FILE, and nothing else. */
  plan: string | undefined;
  /** --out PATH: folder to write to (default: rendered). */
  out: string | undefined;
  /** --node-script: the steps as one OnNodeStart script instead, for nodes whose image cannot change. */
  nodeScript: boolean;
  /** --rootfs DIR|TAR: root filesystem to rehearse in (default: this machine's programs). */
  rootfs: string | undefined;
  /** --network NETNS: network namespace (default: no network). */
  network: string | undefined;
  /** --provenance: check who signed for the images in the channel, and boot nothing. */
  provenance: boolean;
  /** --image AMI: this image (one target). */
  image: string | undefined;
  /** --junit FILE: write the verify list as JUnit XML, for CI systems. */
  junit: string | undefined;
  /** --sbom FILE: write the package list as CycloneDX JSON (one target). */
  sbom: string | undefined;
  /** --format FORMAT: table or markdown (default: table). */
  format: string | undefined;
  /** --check: report only, write nothing; exit 1 on stale references. */
  check: boolean;
  /** --allow-unresolved: unresolved references are reported, not counted as a difference. */
  allowUnresolved: boolean;
  /** --include-root: rotate root and head-node images too (needs a new cluster). */
  includeRoot: boolean;
  /** --insert-queue-overrides: write Image.CustomAmi into queues that take the root's image: a live cluster takes that. */
  insertQueueOverrides: boolean;
  /** --from-channel NAME: channel to follow (default: rotate.channel). */
  fromChannel: string | undefined;
  /** --family OS/ARCH/VERSION: with --to: the references that move, such as alinux2/x86_64/3.15.1. */
  family: string | undefined;
  /** --map OLD=NEW|FILE: move this id to that one, or as a CSV or JSON file says; no AWS needed (repeatable). */
  map: string[];
  /** --diff: print the changes as a unified diff, write nothing. */
  diff: boolean;
  /** --literal: also every id in files that no format reads: templates, scripts, heredocs. */
  literal: boolean;
  /** --validate: check the result with the pcluster installed here. */
  validate: boolean;
  /** --pr: commit the changes to a branch; the working tree stays. */
  pr: boolean;
  /** --remote: with --pr: push the branch and open a pull request. */
  remote: boolean;
  /** --commit-per-cluster: with --pr: a commit for each file instead of one. */
  commitPerCluster: boolean;
  /** --upload s3://BUCKET/PREFIX: put it there, and print a link that launches it from a browser. */
  upload: string | undefined;
  /** --where-used: also every reference in files, beside the channel it should follow. */
  whereUsed: boolean;
  /** --from NAME: channel to take the image from. */
  from: string | undefined;
  /** --to NAME: channel to put it into (default: stable). */
  to: string | undefined;
  /** --unverified: also an image that did not pass verification, or never was verified. */
  unverified: boolean;
  /** --no-rotate: leave the cluster configs as they are. */
  noRotate: boolean;
  /** --update NAME: asset to resolve again (repeatable). */
  update: string[];
  /** --full: read every file again, instead of trusting size and time. */
  full: boolean;
  /** --official: the official images only. */
  official: boolean;
  /** --cron EXPR: when, in the words of what runs it (default: by refresh of bakery.yaml). */
  cron: string | undefined;
  /** --delete: remove what the command made. */
  delete: boolean;
  /** --own-recipe: copy the recipe next to bakery.yaml, to change it. */
  ownRecipe: boolean;
  /** --github: a GitHub workflow. */
  github: boolean;
  /** --port N: port to listen on (default: a free one). */
  port: number | undefined;
  /** --clock TIME: the account's time now, such as 2026-12-21. */
  clock: string | undefined;
  /** --faults JSON: faults to inject, such as {"throttle":0.2}. */
  faults: string | undefined;
}
