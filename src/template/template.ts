/**
 * Owns a cluster config as a CloudFormation template: ParallelCluster's custom resource around the config's own bytes,
 * and in the place of AMI ids parameters that read the channel, so that each stack update takes its newest image. Pure.
 * Source: ParallelCluster user guide, "AWS CloudFormation custom resource"; aws-parallelcluster:
 * cloudformation/custom_resource/cluster.yaml.
 */
import { BakeError } from '../errors/bake-error.ts';
import { compareVersions } from '../os/releases.ts';
import type { UnresolvedEntry } from '../entries/result.ts';
import { count } from '../util/count.ts';
import type { YamlFile, YamlNode } from '../util/yaml.ts';
import { applied } from './carried.ts';
import { placesFollow, type Follows, type TemplateRequest, type Wrapping } from './follow.ts';
import { clusterConfig } from './kind.ts';
import { capabilities, providerUrl } from './launch.ts';
import { MARK } from '../cluster/mark.ts';
import { textAt, valueAt } from './values.ts';
import { singleQuoted } from './yaml11.ts';

/** The custom resource came with this release (ParallelCluster user guide, "AWS CloudFormation custom resource"). */
export const FIRST_RELEASE = '3.6.0';

export interface ClusterTemplate {
  /** As latin1, so that the config's bytes stay: write it with that encoding. */
  text: string;
  parameters: { name: string; default: string }[];
  follows: Follows[];
  unresolved: UnresolvedEntry[];
  warnings: string[];
}

/** @throws BakeError, BakeErrors TEMPLATE_RELEASE, TEMPLATE_CONFIG */
export function clusterTemplate(request: TemplateRequest): ClusterTemplate {
  const { file, bytes, parallelcluster } = request;
  if (compareVersions(parallelcluster, FIRST_RELEASE) < 0) {
    throw new BakeError('TEMPLATE_RELEASE', { parallelcluster, first: FIRST_RELEASE });
  }
  const { config, root, read } = clusterConfig(file, bytes);
  checkRegion(root, read, request);

  const wrapping = placesFollow(config, root, read, request);
  const text = [
    head(request, wrapping, longestName(root, read)),
    indented(applied(config, wrapping.changes), '        '),
    outputs,
  ].join('');
  const { parameters, follows, unresolved } = wrapping;
  const named = [{ name: 'ClusterName', default: request.clusterName }, ...parameters.values()];
  return { text, parameters: named, follows, unresolved, warnings: warningsOf(root, read, follows) };
}

function checkRegion(root: YamlNode, read: YamlFile, { file, region }: TemplateRequest): void {
  const own = textAt(root, ['Region'], read);
  if (own !== undefined && own !== region) {
    const reason = `Region: the config says ${own}, the template is for ${region}`;
    throw new BakeError('TEMPLATE_CONFIG', { reason }, { place: { file } });
  }
}

function warningsOf(root: YamlNode, read: YamlFile, follows: readonly Follows[]): string[] {
  const strategy = textAt(root, ['Scheduling', 'SlurmSettings', 'QueueUpdateStrategy'], read);
  const queues = follows.filter(({ scope }) => scope === 'queue').length;
  const pools = follows.filter(({ scope }) => scope === 'login').length;
  return [
    ...(follows.length === 0
      ? ['nothing in the template follows the channel: no CustomAmi here is of a known image family']
      : []),
    ...(queues > 0 && strategy !== 'DRAIN' && strategy !== 'TERMINATE'
      ? [
          'Scheduling.SlurmSettings.QueueUpdateStrategy is neither DRAIN nor TERMINATE: a stack update that brings a new image fails unless the compute fleet is stopped first',
        ]
      : []),
    ...(pools > 0
      ? [
          `${count(pools, 'login pool')} will follow: a stack update that brings a new image fails unless the pool is at Count: 0 first`,
        ]
      : []),
  ];
}

/** Slurm accounting names a database after the cluster (ParallelCluster API, createCluster: clusterName). */
function longestName(root: YamlNode, read: YamlFile): number {
  return valueAt(root, ['Scheduling', 'SlurmSettings', 'Database'], read) ? 40 : 60;
}

function head(
  { file, parallelcluster, region, clusterName, includeRoot }: TemplateRequest,
  { parameters, follows, unresolved }: Wrapping,
  longest: number,
): string {
  const name = file.replace(/[^\x20-\x7e]/g, '?');
  const images = [...parameters].flatMap(([family, parameter]) => [
    `  ${parameter.name}:`,
    '    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>',
    `    Default: ${singleQuoted(parameter.default)}`,
    `    Description: SSM parameter of the image of ${family}; read at each create and update of the stack.`,
  ]);
  const stays = unresolved.some(({ path }) => /^(?:HeadNode\.)?Image\.CustomAmi$/.test(path));
  return `${[
    `${MARK} from ${name}. Change that file and make this one anew.`,
    "AWSTemplateFormatVersion: '2010-09-09'",
    'Description: >-',
    `  ParallelCluster ${parallelcluster} cluster ${clusterName} in ${region}. Launch it as`,
    '  aws cloudformation deploy does, or by a quick-create link, with the capabilities',
    `  ${capabilities.join(' and ')}.`,
    '  Each later update of the stack takes the newest image of the channel.',
    'Parameters:',
    '  ClusterName:',
    '    Type: String',
    `    Default: ${clusterName}`,
    `    AllowedPattern: ^[A-Za-z][A-Za-z0-9-]{0,${longest - 1}}$`,
    "    Description: Not the stack's name; it cannot change afterwards.",
    ...images,
    'Resources:',
    '  # ParallelCluster itself, of exactly this release: it makes the roles and the function that run pcluster.',
    '  PclusterClusterProvider:',
    '    Type: AWS::CloudFormation::Stack',
    '    DeletionPolicy: Delete',
    '    UpdateReplacePolicy: Delete',
    '    Properties:',
    `      TemplateURL: ${providerUrl(parallelcluster, region)}`,
    '  # Deleting the stack leaves the cluster, which pcluster then manages: pcluster delete-cluster removes it.',
    '  PclusterCluster:',
    '    Type: Custom::PclusterCluster',
    '    DeletionPolicy: Retain',
    '    UpdateReplacePolicy: Retain',
    '    Properties:',
    '      ServiceToken: !GetAtt [PclusterClusterProvider, Outputs.ServiceToken]',
    '      ClusterName: !Ref ClusterName',
    '      DeletionPolicy: Retain',
    ...(stays && !includeRoot
      ? [
          '      # The images of the root and of the head node stand here as ids: no live cluster takes another one, and',
          '      # the whole update would fail. A new stack made with --include-root takes the newest.',
        ]
      : []),
    ...(follows.some(({ scope }) => scope === 'root' || scope === 'head')
      ? [
          '      # Root and head node follow, too: that is for a new stack. No live cluster takes another image there, so an',
          '      # update fails once the channel has moved: before it, write the id that the stack was made with into the',
          '      # config, and make this file anew without --include-root.',
        ]
      : []),
    '      ClusterConfiguration:',
  ].join('\n')}\n`;
}

const outputs = `Outputs:
  HeadNodeInstanceId:
    Description: For aws ssm start-session.
    Value: !GetAtt [PclusterCluster, headNode.instanceId]
  HeadNodePrivateIp:
    Description: Where to log in from inside.
    Value: !GetAtt [PclusterCluster, headNode.privateIpAddress]
  ValidationMessages:
    Description: What ParallelCluster said of the config when the stack was last created or updated.
    Value: !GetAtt [PclusterCluster, validationMessages]
`;

/** Every line further in; empty ones stay empty. Block scalars and folded lines keep their meaning, being relative. */
function indented(text: string, by: string): string {
  return text.replace(/^(?=[^\n])/gm, by);
}
