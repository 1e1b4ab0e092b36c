/** The values of all options. Jobs read these and never see argv; src/cli/options.ts has the flags and the help texts. */

export interface JobOptions {
  /** --config FILE: configuration (default: bakery.yaml). */
  config: string;
  /** --json: print one JSON document on stdout and nothing else. */
  json: boolean;
  /** --quiet: show only warnings and errors. */
  quiet: boolean;
  /** --verbose: show the output of the steps too. */
  verbose: boolean;
  /** --no-color: no colours; the same as NO_COLOR. */
  noColor: boolean;
  /** --yes: do not ask before writing. */
  yes: boolean;
  /** --sandbox: use the embedded AWS instead of an account. */
  sandbox: boolean;
  /** --state DIR: folder with the state of the sandbox (default: .bakery/sandbox). */
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
  /** --engine NAME: what bakes. */
  engine: string | undefined;
  /** --recipe NAME|FILE: what goes into the image: standard, minimal, or a file. */
  recipe: string | undefined;
  /** --channel NAME: channel to publish to, such as stable. */
  channel: string | undefined;
  /** --rebake: bake even if an image with this fingerprint exists. */
  rebake: boolean;
  /** --plan FILE: apply exactly the approved plan in FILE. */
  plan: string | undefined;
  /** --out PATH: folder to write to (default: rendered). */
  out: string | undefined;
  /** --node-script: write the steps as one OnNodeStart script, for nodes whose image cannot change. */
  nodeScript: boolean;
  /** --rootfs DIR|TAR: root filesystem to rehearse in (default: this machine's programs). */
  rootfs: string | undefined;
  /** --network NETNS: network namespace (default: no network). */
  network: string | undefined;
  /** --provenance: check the signatures of the images in the channel instead of booting an image. */
  provenance: boolean;
  /** --image AMI: use this image (one target). */
  image: string | undefined;
  /** --junit FILE: write the verify list as JUnit XML, for CI systems. */
  junit: string | undefined;
  /** --sbom FILE: write the package list as CycloneDX JSON (one target). */
  sbom: string | undefined;
  /** --format FORMAT: table or markdown (default: table). */
  format: string | undefined;
  /** --check: only report; exit 1 if references are stale. */
  check: boolean;
  /** --allow-unresolved: report unresolved references without exit 1. */
  allowUnresolved: boolean;
  /** --include-root: rotate root and head-node images too (needs a new cluster). */
  includeRoot: boolean;
  /** --insert-queue-overrides: write Image.CustomAmi into queues that inherit the root image; a live cluster accepts that. */
  insertQueueOverrides: boolean;
  /** --from-channel NAME: channel to follow (default: rotate.channel). */
  fromChannel: string | undefined;
  /** --family OS/ARCH/VERSION: with --to: which references move, such as alinux2/x86_64/3.15.1. */
  family: string | undefined;
  /** --map OLD=NEW|FILE: replace one id by another, or all ids of a CSV or JSON file; needs no AWS (repeatable). */
  map: string[];
  /** --diff: print the changes as a unified diff without writing them. */
  diff: boolean;
  /** --literal: also rotate ids in files without a known format: templates, scripts, heredocs. */
  literal: boolean;
  /** --validate: check the result with the installed pcluster. */
  validate: boolean;
  /** --pr: commit the changes to a branch, without changing the working tree. */
  pr: boolean;
  /** --remote: with --pr: push the branch and open a pull request. */
  remote: boolean;
  /** --commit-per-cluster: with --pr: make one commit for each file. */
  commitPerCluster: boolean;
  /** --upload s3://BUCKET/PREFIX: upload the template and print a link that launches it in a browser. */
  upload: string | undefined;
  /** --where-used: also list every reference in files, with the channel that it should follow. */
  whereUsed: boolean;
  /** --from NAME: channel to take the image from. */
  from: string | undefined;
  /** --to NAME: channel to put it into (default: stable). */
  to: string | undefined;
  /** --unverified: also accept an image that failed verification or was never verified. */
  unverified: boolean;
  /** --no-rotate: do not change cluster configs. */
  noRotate: boolean;
  /** --update NAME: asset to resolve again (repeatable). */
  update: string[];
  /** --full: read every file again instead of trusting its size and time. */
  full: boolean;
  /** --official: only official images. */
  official: boolean;
  /** --cron EXPR: when to start, in the syntax of the scheduler (default: from refresh of bakery.yaml). */
  cron: string | undefined;
  /** --delete: delete what the command made. */
  delete: boolean;
  /** --own-recipe: copy the recipe next to bakery.yaml, to change it. */
  ownRecipe: boolean;
  /** --github: write a GitHub workflow. */
  github: boolean;
  /** --port N: port to listen on (default: a free one). */
  port: number | undefined;
  /** --clock TIME: current time of the account, such as 2026-12-21. */
  clock: string | undefined;
  /** --faults JSON: faults to inject, such as {"throttle":0.2}. */
  faults: string | undefined;
}
