/**
 * Makes a CloudFormation template from a cluster config: the custom resource of ParallelCluster around the bytes of the
 * config, with parameters that read the channel in place of AMI ids, so that each stack update uses the newest image. Pure.
 * Source: ParallelCluster user guide, "AWS CloudFormation custom resource";
 * aws-parallelcluster:cloudformation/custom_resource/cluster.yaml.
 */
import { BakeError } from '../errors/bake-error.ts';
import { compareReleases } from '../os/releases.ts';
import type { UnresolvedEntry } from '../entries/result.ts';
import { count } from '../util/count.ts';
import type { YamlFile, YamlNode } from '../util/yaml.ts';
import { applyChanges } from './carried.ts';
import { placesFollow, type Follows, type TemplateRequest, type Wrapping } from './follow.ts';
import { readConvertedConfig } from './kind.ts';
import { capabilities, providerUrl } from './launch.ts';
import { MARK } from '../cluster/mark.ts';
import { configTextAt, configValueAt } from './values.ts';
import { singleQuoted } from './yaml11.ts';

/** The first release with the custom resource (ParallelCluster user guide, "AWS CloudFormation custom resource"). */
export const FIRST_RELEASE = '3.6.0';

export interface ClusterTemplate {
  /** Latin1 text, which keeps the bytes of the config; write it with that encoding. */
  text: string;
  parameters: { name: string; default: string }[];
  follows: Follows[];
  unresolved: UnresolvedEntry[];
  warnings: string[];
}

/** @throws BakeError, BakeErrors TEMPLATE_RELEASE, TEMPLATE_CONFIG */
export function clusterTemplate(request: TemplateRequest): ClusterTemplate {
  const { file, bytes, parallelcluster } = request;
  if (compareReleases(parallelcluster, FIRST_RELEASE) < 0) {
    throw new BakeError('TEMPLATE_RELEASE', { parallelcluster, first: FIRST_RELEASE });
  }
  const { config, root, read } = readConvertedConfig(file, bytes);
  checkRegion(root, read, request);

  const wrapping = placesFollow(config, root, read, request);
  const text = [
    head(request, wrapping, longestName(root, read)),
    indented(applyChanges(config, wrapping.changes), '        '),
    outputs,
  ].join('');
  const { parameters, follows, unresolved } = wrapping;
  const named = [{ name: 'ClusterName', default: request.clusterName }, ...parameters.values()];
  return { text, parameters: named, follows, unresolved, warnings: warningsOf(root, read, follows) };
}

function checkRegion(root: YamlNode, read: YamlFile, { file, region }: TemplateRequest): void {
  const own = configTextAt(root, ['Region'], read);
  if (own !== undefined && own !== region) {
    const reason = `Region: found ${own} in the config, expected ${region} as for the template`;
    throw new BakeError('TEMPLATE_CONFIG', { reason }, { place: { file } });
  }
}

function warningsOf(root: YamlNode, read: YamlFile, follows: readonly Follows[]): string[] {
  const strategy = configTextAt(root, ['Scheduling', 'SlurmSettings', 'QueueUpdateStrategy'], read);
  const queues = follows.filter(({ scope }) => scope === 'queue').length;
  const pools = follows.filter(({ scope }) => scope === 'login').length;
  return [
    ...(follows.length === 0
      ? ['nothing in the template follows the channel, because no CustomAmi belongs to a known image family']
      : []),
    ...(queues > 0 && strategy !== 'DRAIN' && strategy !== 'TERMINATE'
      ? [
          'Scheduling.SlurmSettings.QueueUpdateStrategy is neither DRAIN nor TERMINATE, so a stack update with a new image fails unless the compute fleet is stopped first',
        ]
      : []),
    ...(pools > 0
      ? [
          `${count(pools, 'login pool')} will follow the channel; a stack update with a new image fails unless the pool is at Count: 0 first`,
        ]
      : []),
  ];
}

/** The longest cluster name, which is shorter with Slurm accounting (ParallelCluster API, createCluster: clusterName). */
function longestName(root: YamlNode, read: YamlFile): number {
  return configValueAt(root, ['Scheduling', 'SlurmSettings', 'Database'], read) ? 40 : 60;
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
    `${MARK} from ${name}. Change that file and run bake template again.`,
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
    '  # The provider of exactly this ParallelCluster release: it creates the roles and the function that run pcluster.',
    '  PclusterClusterProvider:',
    '    Type: AWS::CloudFormation::Stack',
    '    DeletionPolicy: Delete',
    '    UpdateReplacePolicy: Delete',
    '    Properties:',
    `      TemplateURL: ${providerUrl(parallelcluster, region)}`,
    '  # Deleting the stack keeps the cluster; pcluster delete-cluster deletes it.',
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
          '      # The images of the root and of the head node are fixed ids, because they cannot be updated on a live',
          '      # cluster and the whole update would fail. A new stack made with --include-root uses the newest images.',
        ]
      : []),
    ...(follows.some(({ scope }) => scope === 'root' || scope === 'head')
      ? [
          '      # Root and head node follow the channel, too, which is only possible for a new stack. Their images cannot be',
          '      # updated on a live cluster, so an update fails once the channel has changed. Before the first update, write',
          '      # the id that the stack was created with into the config, and run bake template again without --include-root.',
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
    Description: The address to log in to from inside the network.
    Value: !GetAtt [PclusterCluster, headNode.privateIpAddress]
  ValidationMessages:
    Description: The messages of ParallelCluster about the config at the last create or update of the stack.
    Value: !GetAtt [PclusterCluster, validationMessages]
`;

/** Indents every line except empty ones. Block scalars keep their meaning, because their indent is relative. */
function indented(text: string, by: string): string {
  return text.replace(/^(?=[^\n])/gm, by);
}
