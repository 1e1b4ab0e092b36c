/** The IAM actions that Packer makes with bake's permissions (hashicorp/packer-plugin-amazon:.web-docs/README.md, "IAM Task or Instance Role"). */
import { anyResource, ec2Resources, imageResources, OF_A_RUN } from '../../aws/action-rows.ts';
import type { EngineActions } from '../engine.ts';

export const packerActions: EngineActions = {
  bake: [
    {
      actions: [
        'ec2:AttachVolume',
        'ec2:AuthorizeSecurityGroupIngress',
        'ec2:CopyImage',
        'ec2:CreateImage',
        'ec2:CreateKeyPair',
        'ec2:CreateSecurityGroup',
        'ec2:CreateSnapshot',
        'ec2:CreateTags',
        'ec2:CreateVolume',
        'ec2:DeleteKeyPair',
        'ec2:DeleteSecurityGroup',
        'ec2:DeleteSnapshot',
        'ec2:DeleteVolume',
        'ec2:DeregisterImage',
        'ec2:DescribeImageAttribute',
        'ec2:DescribeImages',
        'ec2:DescribeInstanceStatus',
        'ec2:DescribeInstances',
        'ec2:DescribeRegions',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSnapshots',
        'ec2:DescribeSubnets',
        'ec2:DescribeTags',
        'ec2:DescribeVolumes',
        'ec2:DescribeVpcs',
        'ec2:DetachVolume',
        'ec2:GetPasswordData',
        'ec2:ModifyImageAttribute',
        'ec2:ModifyInstanceAttribute',
        'ec2:ModifySnapshotAttribute',
        'ec2:RegisterImage',
        'ec2:RunInstances',
      ],
      resources: anyResource,
      by: 'Packer',
    },
    {
      actions: ['ec2:StopInstances', 'ec2:TerminateInstances'],
      resources: ec2Resources('instance'),
      condition: OF_A_RUN,
      by: 'Packer',
    },
    {
      actions: ['ec2:EnableImageDeprecation', 'ec2:EnableImageDeregistrationProtection'],
      resources: imageResources,
      by: 'Packer',
    },
    {
      actions: ['iam:GetInstanceProfile'],
      resources: (s) => [`arn:${s.partition}:iam::${s.account}:instance-profile/${s.role}`],
      by: 'Packer',
    },
    {
      actions: ['iam:PassRole'],
      resources: (s) => [`arn:${s.partition}:iam::${s.account}:role/${s.role}`],
      condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      by: 'Packer',
    },
    {
      actions: ['ssm:StartSession', 'ssm:TerminateSession'],
      resources: (s) => [
        `arn:${s.partition}:ec2:*:${s.account}:instance/*`,
        `arn:${s.partition}:ssm:*::document/AWS-StartPortForwardingSession`,
        `arn:${s.partition}:ssm:*:${s.account}:session/*`,
      ],
      by: 'Packer',
    },
  ],
};
