/** Tests of AMI references in CloudFormation templates, in YAML and in JSON. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

const cluster = `AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Ami:
    Type: AWS::EC2::Image::Id
    Default: ${A} # our-image
  Channel:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /hpc/ami/stable/alinux2/x86_64/3.15.1
Mappings:
  ParallelCluster:
    Constants: { Version: 3.15.1 }
  Images:
    us-east-1: { gpu: ${A} }
    eu-west-1: { gpu: '${B}' }
Conditions:
  IsOld: !Equals [!Ref Ami, ${SHORT}]
Resources:
  Provider:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Sub
        - https://\${AWS::Region}-aws-parallelcluster.s3.\${AWS::Region}.\${AWS::URLSuffix}/parallelcluster/\${Version}/templates/custom_resource/cluster.yaml
        - { Version: !FindInMap [ParallelCluster, Constants, Version] }
  Cluster:
    Type: Custom::PclusterCluster
    Properties:
      ServiceToken: !GetAtt [Provider, Outputs.ServiceToken]
      ClusterConfiguration:
        Region: eu-west-1
        Image: { Os: alinux2, CustomAmi: ${A} }
        HeadNode:
          Image:
            CustomAmi: !Ref Channel
        Scheduling:
          SlurmQueues:
            - Image:
                CustomAmi: !If [IsOld, ${SHORT}, !Ref Ami]
            - Image:
                CustomAmi: !If
                  - IsOld
                  - !Ref AWS::NoValue
                  - "${B}"
              ComputeResources: [{ InstanceType: c6g.large }]
        Tags: [{ Key: ami, Value: ${A} }]
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ${B}
        InstanceType: c6g.large
  Machine:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !FindInMap [Images, !Ref AWS::Region, gpu]
      UserData:
        Fn::Base64: |
          #!/bin/sh
          AMI=${A}
`;

describe('a template in YAML', () => {
  const found = read('stack.yaml', cluster);
  const config = 'Resources.Cluster.Properties.ClusterConfiguration';

  it('has its ids in parameters, mappings, launch templates, and in the cluster config of its custom resource', () => {
    expect(references(found)).toEqual([
      `5:14 parameter Parameters.Ami.Default ${A} # our-image`,
      `13:23 mapping Mappings.Images.us-east-1.gpu ${A} in us-east-1`,
      `14:24 mapping Mappings.Images.eu-west-1.gpu ${B} in eu-west-1`,
      `30:42 root ${config}.Image.CustomAmi ${A} in eu-west-1`,
      `37:40 queue ${config}.Scheduling.SlurmQueues[0].Image.CustomAmi[1] ${SHORT} in eu-west-1`,
      `42:22 queue ${config}.Scheduling.SlurmQueues[1].Image.CustomAmi[2] ${B} in eu-west-1`,
      `49:18 launch-template Resources.Template.Properties.LaunchTemplateData.ImageId ${B}`,
    ]);
    expect(errors(found)).toEqual([]);
  });

  it('gives the release of its provider, the OS, and the restrictions on an image', () => {
    const [, , , root, , queue, template] = found.references;
    expect(root).toMatchObject({ os: 'alinux2', parallelcluster: '3.15.1' });
    expect(queue).toMatchObject({ parallelcluster: '3.15.1', instanceTypes: ['c6g.large'] });
    expect(template).toMatchObject({ instanceTypes: ['c6g.large'] });
    expect(template).not.toHaveProperty('parallelcluster');
  });

  it('reports what decides the values of other places', () => {
    expect(indirect(found)).toEqual([
      `33:29 ${config}.HeadNode.Image.CustomAmi !Ref Channel // the stack's parameter Channel reads it from SSM: /hpc/ami/stable/alinux2/x86_64/3.15.1`,
      `37:59 ${config}.Scheduling.SlurmQueues[0].Image.CustomAmi[2] !Ref Ami // the stack's parameter Ami holds it: ${A}`,
      `54:27 Resources.Machine.Properties.ImageId !FindInMap [Images, !Ref AWS::Region, gpu] // the mapping Images decides it when the stack is deployed`,
      `58:15 Resources.Machine.Properties.UserData.Fn::Base64 ${A} // the id is part of a longer text; literal mode moves it`,
    ]);
  });
});

it('finds the same in JSON', () => {
  const long = cluster
    .replaceAll(/!(Equals|GetAtt|FindInMap|If|Sub)\b/g, '')
    .replaceAll(/!Ref ([\w:]+)/g, '{ Ref: "$1" }');
  const template = parse(long) as { Resources: Record<string, { Properties: Record<string, unknown> }> };
  const { Provider, Cluster, Machine } = template.Resources as Record<
    string,
    { Properties: Record<string, never> }
  >;
  const wrap = (name: string, value: unknown) => ({ [`Fn::${name}`]: value });
  const url = Provider?.Properties['TemplateURL'] as unknown as [string, object];
  Object.assign(Provider?.Properties ?? {}, {
    TemplateURL: wrap('Sub', [
      url[0],
      { Version: wrap('FindInMap', ['ParallelCluster', 'Constants', 'Version']) },
    ]),
  });
  Object.assign(Cluster?.Properties ?? {}, { ServiceToken: wrap('GetAtt', 'Provider.Outputs.ServiceToken') });
  Object.assign(Machine?.Properties ?? {}, {
    ImageId: wrap('FindInMap', ['Images', { Ref: 'AWS::Region' }, 'gpu']),
  });
  const config = Cluster?.Properties['ClusterConfiguration'] as unknown as {
    Scheduling: { SlurmQueues: { Image: { CustomAmi: unknown } }[] };
  };
  for (const queue of config.Scheduling.SlurmQueues)
    queue.Image.CustomAmi = wrap('If', queue.Image.CustomAmi);
  const json = read('stack.json', JSON.stringify(template, null, 2));
  const yaml = read('stack.yaml', cluster);
  const facts = ({ references: all }: typeof json) =>
    all.map(({ path, scope, id, region, os, parallelcluster, instanceTypes }) => {
      return { path: path.replace('.Fn::If', ''), scope, id, region, os, parallelcluster, instanceTypes };
    });
  expect(facts(json)).toEqual(facts(yaml));
  expect(json.indirect.map(({ reason }) => reason)).toEqual(yaml.indirect.map(({ reason }) => reason));
});

it.each([
  ['!Ref Ami', 'the resource Ami returns it when the stack is deployed'],
  ['!ImportValue hpc-ami', 'another stack exports it as hpc-ami'],
  ['{ Fn::ImportValue: hpc-ami }', 'another stack exports it as hpc-ami'],
  ['{ "Fn::ImportValue": !Sub "${x}-ami" }', 'another stack exports it as ${x}-ami'],
  ['!GetAtt Finder.ImageId', 'the resource Finder returns it when the stack is deployed'],
  ['!GetAtt [Finder, ImageId]', 'the resource Finder returns it when the stack is deployed'],
  [
    '"{{resolve:ssm:/hpc/ami/stable}}"',
    'the SSM parameter /hpc/ami/stable is read when the stack is deployed',
  ],
  ['!Sub "{{resolve:ssm:/hpc/${X}}}"', 'the SSM parameter /hpc/${X} is read when the stack is deployed'],
  [`!Select [0, [${A}]]`, 'the function Select decides it when the stack is deployed'],
  [`!Sub ${A}`, 'the function Sub decides it when the stack is deployed'],
])('reports an image that is %s', (value, reason) => {
  const text = `Resources:\n  X:\n    Type: AWS::PCS::ComputeNodeGroup\n    Properties:\n      AmiId: ${value}\n`;
  const found = read('stack.yaml', text);
  expect(found.indirect.map((one) => [one.line, one.path, one.reason])).toEqual([
    [5, 'Resources.X.Properties.AmiId', reason],
  ]);
  expect([...references(found), ...errors(found)]).toEqual([]);
});

it('finds the release of a provider in its address, or in a parameter', () => {
  const release = (url: string, more = '') => {
    const text = `${more}Resources:\n  P:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: ${url}\n  C:\n    Type: Custom::PclusterCluster\n    Properties:\n      ServiceToken: !GetAtt P.Outputs.ServiceToken\n      ClusterConfiguration: { Image: { CustomAmi: ${A} } }\n`;
    return read('stack.yaml', text).references[0]?.parallelcluster;
  };
  const end = 'templates/custom_resource/cluster.yaml';
  expect(release(`https://x/parallelcluster/3.13.2/${end}`)).toBe('3.13.2');
  expect(release(`!Sub https://x-\${AWS::Region}/parallelcluster/3.13.2/${end}`)).toBe('3.13.2');
  const parameter = 'Parameters: { V: { Type: String, Default: 3.16.1 } }\n';
  expect(release(`!Sub https://x/parallelcluster/\${V}/${end}`, parameter)).toBe('3.16.1');
  expect(release(`!Sub [ "https://x/parallelcluster/\${W}/${end}", { W: !Ref V } ]`, parameter)).toBe(
    '3.16.1',
  );
  expect(release(`!Sub https://x/parallelcluster/\${V}/${end}`)).toBeUndefined();
  expect(release(`!Sub [ "https://x/parallelcluster/\${W}/${end}", { W: 3.14.0 } ]`)).toBe('3.14.0');
  expect(release('https://x/other.yaml')).toBeUndefined();
});
