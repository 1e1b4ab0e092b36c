/** The text of a first bakery.yaml: every section with comments, and the values that were found. */
import type { Engines } from '../../engines/engine.ts';
import { findOs } from '../../os/index.ts';
import { compareReleases } from '../../os/releases.ts';
import type { ClusterConfig, Findings } from './find.ts';

export interface BakeryYaml extends Findings {
  /** The OS ids of --os; empty: those of the configs that were found. */
  wanted: readonly string[];
  /** The shipped recipe, or the path of the user's own copy of it. */
  recipe: string;
  /** The path of the JSON Schema from the new file; undefined if it is not below the folder. */
  schema: string | undefined;
  engines: Engines;
}

/** The OS if none was found or named: that of the examples in the help. */
const FIRST_OS = 'alinux2';

export function bakeryYaml(facts: BakeryYaml): string {
  const found = [...new Set(facts.configs.flatMap(({ os }) => os ?? []))];
  const systems = facts.wanted.length > 0 ? facts.wanted : found.length > 0 ? found : [FIRST_OS];
  const regions = regionsOf(facts.configs);
  return `${facts.schema === undefined ? '' : `# yaml-language-server: $schema=${facts.schema}\n`}\
# The configuration of this bakery. Commented lines show other choices; bake plan --all previews a run.
version: 1

defaults:
${engineLine(facts.engines)}
  recipe: ${facts.recipe.padEnd(27)} # what goes into the image: standard or minimal, shipped, or a file of your own
  arch: x86_64
  regions: [${(regions.length > 0 ? regions : ['us-east-1']).join(', ')}]                # the first Region bakes, the others get copies

targets:
${systems.flatMap((os) => targets(os, facts)).join('\n')}

builder:
  instanceProfile: EC2InstanceProfileForImageBuilder
  # subnet: subnet-0123456789abcdef0  # a private one; needs securityGroups. Default: the account's default VPC
  # securityGroups: [sg-0123456789abcdef0]
  # instanceType: c5.xlarge           # default: c5.xlarge, c6g.xlarge for arm64
  # kms: { us-east-1: alias/bakery }  # default: the account's EBS key
  # tags: { FirewallPolicy: mirrors-only }   # on every resource of the build: firewalls select by tag

refresh: monthly                      # bake an unchanged target again each month (UTC); or: weekly, never

# mirrors:                            # without mirrors, the image keeps its public repositories
#   layout: artifactory               # or: pulp, nexus, reposync, aptly; custom takes every path from repos
#   url: https://mirror.corp.example  # without a login: every image contains this URL
#   repos:
#     epel: { path: /artifactory/epel-9, gpgKey: certs/mirror.gpg }
#   pip: /artifactory/api/pypi/pypi/simple      # uv, conda, npm, cran, spack, git, containers: see bake explain bakery.yaml
#   git: { github.com: /git/github }

${trust(facts.certificates)}

# assets: assets.yaml                 # files that every image carries

publish:
  parameter: /hpc/ami/{channel}/{os}/{arch}/{parallelcluster}
  channel: stable

${rotate(facts)}`;
}

/** The default engine, with the other engines in a comment. */
function engineLine(engines: Engines): string {
  const [first, ...others] = Object.values(engines);
  const choices = others.map(({ id, how }) => `; ${id}: ${how}`).join('');
  return `${`  engine: ${first?.id}`.padEnd(38)}# bakes ${first?.how}${choices}`;
}

/** A target for each release that the configs of the OS have: a cluster needs its exact version. */
function targets(id: string, { configs, pinned }: Findings): string[] {
  const mine = configs.filter((config) => config.os === id);
  const byRelease = new Map<string | undefined, ClusterConfig[]>();
  for (const config of mine) {
    const release = releaseFor(id, config.release) ?? releaseFor(id, pinned);
    byRelease.set(release, [...(byRelease.get(release) ?? []), config]);
  }
  if (mine.length === 0) byRelease.set(releaseFor(id, pinned), []);
  const newest = [...byRelease.keys()]
    .filter((release) => release !== undefined)
    .sort(compareReleases)
    .at(-1);
  const unknown = byRelease.get(undefined);
  // A second target without a release could be the same target as another.
  if (unknown !== undefined && newest !== undefined) {
    byRelease.delete(undefined);
    byRelease.set(newest, [...(byRelease.get(newest) ?? []), ...unknown]);
  }
  return [...byRelease].map(([release, own]) => target(id, release, own));
}

/** The release, if bake can bake it for this OS. */
function releaseFor(id: string, release: string | undefined): string | undefined {
  const os = findOs(id);
  if (release === undefined || os === undefined) return undefined;
  const isIn =
    compareReleases(release, os.first) >= 0 && (os.last === null || compareReleases(release, os.last) <= 0);
  return isIn ? release : undefined;
}

function target(id: string, release: string | undefined, mine: readonly ClusterConfig[]): string {
  const os = findOs(id);
  const arch = [...new Set(mine.map(({ arm }) => (arm ? 'arm64' : 'x86_64')))].sort().reverse();
  const lines = [`  - os: ${id}`];
  if (arch.includes('arm64')) lines.push(`    arch: [${arch.join(', ')}]`);
  const regions = regionsOf(mine);
  if (regions.length > 0) lines.push(`    regions: [${regions.join(', ')}]`);
  if (os !== undefined && !os.official) {
    const base = mine.find(({ customAmi }) => customAmi !== undefined)?.customAmi;
    lines.push(
      base === undefined
        ? `    # base: ami-0123456789abcdef0     # required: ${id} has no official image; name one that pcluster build-image built`
        : `    base: ${base}     # from ${mine[0]?.file ?? ''}; it must be one that pcluster build-image built`,
    );
  }
  if (release !== undefined) {
    lines.push(
      `    parallelcluster: ${release}         # the release that was found; a cluster needs its exact version`,
    );
  } else
    lines.push(
      `    # parallelcluster: ${os?.last ?? '3.16.1'}         # default: the newest with this OS; a cluster needs its exact version`,
    );
  return lines.join('\n');
}

function trust(certificates: readonly string[]): string {
  const comment = '# corporate CAs; bake checks each before it writes anything';
  if (certificates.length > 0) return `trust:\n  certificates: [certs/*.pem]         ${comment}`;
  return `# trust:\n#   certificates: [certs/*.pem]       ${comment}`;
}

function rotate(facts: Findings): string {
  const paths = patterns(facts);
  const lines =
    paths.length > 0
      ? [
          'rotate:',
          '  paths:                              # cluster configs whose AMI ids follow the channel',
          ...paths.map((one) => `    - ${JSON.stringify(one)}`),
        ]
      : [
          'rotate:',
          '  paths: []                           # none was found; for example ["clusters/**/*.yaml"]',
        ];
  return [
    ...lines,
    '  root: leave                         # a live cluster cannot take a new image at the root or head node',
    '',
  ].join('\n');
}

/** A pattern for each folder with only cluster configs; the names of the files in other folders. */
function patterns({ configs, otherYaml }: Findings): string[] {
  const files = configs.map(({ file }) => file);
  return [...new Set(files.map((file) => patternOf(file, otherYaml)))];
}

function patternOf(file: string, otherYaml: readonly string[]): string {
  const [, folder, extension] = /^(.*)\/[^/]*(\.ya?ml)$/.exec(file) ?? [];
  if (folder === undefined || extension === undefined || /[*?{}()[\]!]/.test(folder)) return file;
  const mixed = otherYaml.some(
    (other) =>
      other.startsWith(`${folder}/`) &&
      !other.slice(folder.length + 1).includes('/') &&
      other.endsWith(extension),
  );
  return mixed ? file : `${folder}/*${extension}`;
}

function regionsOf(configs: readonly ClusterConfig[]): string[] {
  return [...new Set(configs.flatMap(({ region }) => region ?? []))];
}
