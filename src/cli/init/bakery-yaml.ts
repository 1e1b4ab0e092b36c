/** Owns the text of a first bakery.yaml: every section of this version, commented; what was found is filled in. */
import type { Engines } from '../../engines/engine.ts';
import { findOs } from '../../os/index.ts';
import type { ClusterConfig, Findings } from './find.ts';

export interface BakeryYaml extends Findings {
  /** OS ids named by the user; empty: those of the configs found. */
  wanted: readonly string[];
  /** Path of the JSON Schema from the new file, where the package lies below the folder. */
  schema: string | undefined;
  engines: Engines;
}

/** Where nothing was found and nothing named: the OS that the help's examples speak of. */
const FIRST_OS = 'alinux2';

export function bakeryYaml(facts: BakeryYaml): string {
  const found = [...new Set(facts.configs.flatMap(({ os }) => os ?? []))];
  const systems = facts.wanted.length > 0 ? facts.wanted : found.length > 0 ? found : [FIRST_OS];
  const regions = regionsOf(facts.configs);
  return `${facts.schema === undefined ? '' : `# yaml-language-server: $schema=${facts.schema}\n`}\
# What this bakery bakes. What is commented out shows another choice; bake plan --all shows what a run would do.
version: 1

defaults:
${engineLine(facts.engines)}
  recipe: recipes/standard.yaml       # what goes into the image
  arch: x86_64
  regions: [${(regions.length > 0 ? regions : ['us-east-1']).join(', ')}]                # the first Region bakes, the others get copies

targets:
${systems.map((os) => target(os, facts.configs)).join('\n')}

builder:
  instanceProfile: EC2InstanceProfileForImageBuilder
  # subnet: subnet-0123456789abcdef0  # a private one; needs securityGroups. Default: the account's default VPC
  # securityGroups: [sg-0123456789abcdef0]
  # instanceType: c5.xlarge           # default: c5.xlarge, c6g.xlarge for arm64
  # kms: { us-east-1: alias/bakery }  # default: the account's EBS key
  # tags: { FirewallPolicy: mirrors-only }   # on everything the build makes: firewalls choose by tag

refresh: monthly                      # an unchanged target is baked anew each month (UTC): weekly, never

# mirrors:                            # without them packages come from where the base image takes them
#   layout: artifactory               # pulp, nexus, reposync, aptly; custom takes every path from repos
#   url: https://mirror.corp.example  # never with a login: it would be in every image
#   repos:
#     epel: { path: /artifactory/epel-9, gpgKey: certs/mirror.gpg }
#   pip: /artifactory/api/pypi/pypi/simple      # uv, conda, npm, cran, spack, git, containers: see examples/bakery.yaml
#   git: { github.com: /git/github }

${trust(facts.certificates)}

# assets: assets.yaml                 # files that every image carries

publish:
  parameter: /hpc/ami/{channel}/{os}/{arch}/{parallelcluster}
  channel: stable

${rotate(facts)}`;
}

/** The default engine, and what the others would be. */
function engineLine(engines: Engines): string {
  const [first, ...others] = Object.values(engines);
  const choices = others.map(({ id, how }) => `; ${id}: ${how}`).join('');
  return `${`  engine: ${first?.id}`.padEnd(38)}# bakes ${first?.how}${choices}`;
}

function target(id: string, configs: readonly ClusterConfig[]): string {
  const os = findOs(id);
  const mine = configs.filter((config) => config.os === id);
  const arch = [...new Set(mine.map(({ arm }) => (arm ? 'arm64' : 'x86_64')))].sort().reverse();
  const lines = [`  - os: ${id}`];
  if (arch.includes('arm64')) lines.push(`    arch: [${arch.join(', ')}]`);
  const regions = regionsOf(mine);
  if (regions.length > 0) lines.push(`    regions: [${regions.join(', ')}]`);
  if (os !== undefined && !os.official) {
    const base = mine.find(({ customAmi }) => customAmi !== undefined)?.customAmi;
    lines.push(
      base === undefined
        ? `    # base: ami-0123456789abcdef0     # needed: ${id} has no official image; bring one that pcluster build-image made`
        : `    base: ${base}     # from ${mine[0]?.file ?? ''}; it must be one that pcluster build-image made`,
    );
  }
  lines.push(
    `    # parallelcluster: ${os?.last ?? '3.16.1'}         # default: the newest with this OS; a cluster needs exactly its own version`,
  );
  return lines.join('\n');
}

function trust(certificates: readonly string[]): string {
  const comment = '# corporate CAs; each is checked before anything is baked';
  if (certificates.length > 0) return `trust:\n  certificates: [certs/*.pem]         ${comment}`;
  return `# trust:\n#   certificates: [certs/*.pem]       ${comment}`;
}

function rotate(facts: Findings): string {
  const paths = patterns(facts);
  const lines =
    paths.length > 0
      ? [
          'rotate:',
          '  paths:                              # ParallelCluster configs whose AMI ids follow the channel',
          ...paths.map((one) => `    - ${JSON.stringify(one)}`),
        ]
      : ['rotate:', '  paths: []                           # none was found; such as ["clusters/**/*.yaml"]'];
  return [
    ...lines,
    '  root: leave                         # a live cluster cannot take a new image at the root or head node',
    '',
  ].join('\n');
}

/** A pattern for a folder that holds nothing else, the files' own names else. */
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
