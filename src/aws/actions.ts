/**
 * The table of IAM actions that bake needs: the calls of its own code, and those that EC2 and S3 make with its permissions.
 * Engines have rows of their own. test/aws/actions.test.ts compares the table with the code, test/job/iam.test.ts with
 * real runs.
 */
import {
  anyResource,
  ec2Resources,
  imageResources,
  OF_A_RUN,
  parameterResources,
  type ActionRow,
  type PolicyScope,
  type Resources,
} from './action-rows.ts';

/** A part of the work; each command consists of several parts. */
type Part =
  | 'every command'
  | 'look at images'
  | 'look at the place'
  | 'bake'
  | 'bake with an engine'
  | 'encrypt'
  | 'look at sharing'
  | 'publish'
  | 'go back'
  | 'other accounts'
  | 'history'
  | 'label'
  | 'clear up'
  | 'pipelines'
  | 'read the store'
  | 'write the store'
  | 'sign'
  | 'check signatures'
  | 'notify';

/** A row of bake itself, or the place of the rows that engines have. */
type TableRow = { part: Part } & (ActionRow | { rows: keyof EngineRows });

/** The rows of the engines that a command uses. */
export interface EngineRows {
  /** To bake, or to boot an image. */
  bake: readonly ActionRow[];
  /** To manage pipelines. */
  schedule: readonly ActionRow[];
}

const objects: Resources = ({ partition, store }) =>
  store && [`arn:${partition}:s3:::${store.bucket}/${store.prefix}*`];
const bucket: Resources = ({ partition, store }) => store && [`arn:${partition}:s3:::${store.bucket}`];
const signing: Resources = ({ signingKey }) => (signingKey === undefined ? undefined : [signingKey]);
const keys: Resources = (s) => [`arn:${s.partition}:kms:*:${s.account}:key/*`];

const table: readonly TableRow[] = [
  { part: 'every command', actions: ['sts:GetCallerIdentity'], resources: anyResource },

  { part: 'look at images', actions: ['ec2:DescribeImages'], resources: anyResource },
  {
    part: 'look at images',
    actions: ['ssm:GetParameters', 'ssm:GetParametersByPath'],
    resources: parameterResources,
  },

  {
    part: 'look at the place',
    actions: [
      'ec2:DescribeInstanceTypeOfferings',
      'ec2:DescribeInstanceTypes',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcAttribute',
      'ec2:DescribeVpcEndpoints',
      'ec2:GetManagedPrefixListEntries',
      'servicequotas:GetServiceQuota',
    ],
    resources: anyResource,
  },
  {
    part: 'look at the place',
    actions: ['iam:GetInstanceProfile'],
    resources: (s) => [`arn:${s.partition}:iam::${s.account}:instance-profile/${s.role}`],
  },
  {
    part: 'look at the place',
    actions: ['iam:ListAttachedRolePolicies', 'iam:SimulatePrincipalPolicy'],
    resources: (s) => [`arn:${s.partition}:iam::${s.account}:role/${s.role}`],
  },
  { part: 'look at the place', actions: ['kms:DescribeKey'], resources: keys },

  { part: 'bake', actions: ['ssm:PutParameter', 'ssm:DeleteParameter'], resources: parameterResources },
  { part: 'bake', actions: ['ec2:CreateTags'], resources: imageResources },

  { part: 'bake with an engine', rows: 'bake' },

  {
    part: 'encrypt',
    // EC2 user guide, "Use encryption with EBS-backed AMIs": permissions for launches and copies with a customer managed key.
    actions: ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    resources: keys,
    by: 'EC2',
  },
  {
    part: 'encrypt',
    actions: ['kms:CreateGrant'],
    resources: keys,
    condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    by: 'EC2',
  },

  {
    part: 'publish',
    actions: [
      'ec2:CopyImage',
      'ec2:CreateTags',
      'ec2:DisableImageDeprecation',
      'ec2:EnableImageDeprecation',
      'ec2:EnableImageDeregistrationProtection',
      'ec2:ModifyImageAttribute',
      'ec2:ModifySnapshotAttribute',
    ],
    resources: imageResources,
  },
  {
    part: 'look at sharing',
    actions: ['ec2:DescribeImageAttribute', 'ec2:DescribeSnapshotAttribute', 'ec2:DescribeSnapshots'],
    resources: anyResource,
  },
  { part: 'publish', actions: ['ssm:PutParameter', 'ssm:DeleteParameter'], resources: parameterResources },
  // A rollback copies and shares nothing.
  { part: 'go back', actions: ['ec2:DisableImageDeprecation'], resources: imageResources },
  { part: 'go back', actions: ['ssm:PutParameter', 'ssm:DeleteParameter'], resources: parameterResources },
  {
    part: 'other accounts',
    actions: ['sts:AssumeRole'],
    resources: ({ publishRole }) => (publishRole === undefined ? undefined : [publishRole]),
  },
  { part: 'history', actions: ['ssm:GetParameterHistory'], resources: parameterResources },
  {
    part: 'label',
    actions: ['ssm:LabelParameterVersion', 'ssm:UnlabelParameterVersion'],
    resources: parameterResources,
  },

  {
    part: 'clear up',
    actions: [
      'ec2:DescribeInstances',
      'ec2:DescribeKeyPairs',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSnapshots',
      'ec2:DescribeVolumes',
    ],
    resources: anyResource,
  },
  {
    part: 'clear up',
    actions: ['ec2:DeleteKeyPair', 'ec2:DeleteSecurityGroup', 'ec2:DeleteVolume', 'ec2:TerminateInstances'],
    resources: ec2Resources('instance', 'key-pair', 'security-group', 'volume'),
    condition: OF_A_RUN,
  },
  {
    part: 'clear up',
    actions: ['ec2:CreateTags', 'ec2:DeleteSnapshot', 'ec2:DeregisterImage'],
    resources: imageResources,
  },

  { part: 'pipelines', rows: 'schedule' },
  // The parameter that names the base image of a pipeline.
  { part: 'pipelines', actions: ['ssm:DeleteParameter', 'ssm:PutParameter'], resources: parameterResources },

  {
    part: 'read the store',
    actions: ['s3:GetObject'],
    resources: objects,
  },
  { part: 'read the store', actions: ['s3:ListBucket'], resources: bucket },
  { part: 'write the store', actions: ['s3:PutObject'], resources: objects },
  // Large objects are uploaded in parts.
  { part: 'write the store', actions: ['s3:AbortMultipartUpload'], resources: objects, by: 'S3' },

  { part: 'sign', actions: ['kms:GetPublicKey', 'kms:Sign'], resources: signing },
  { part: 'check signatures', actions: ['kms:GetPublicKey'], resources: signing },
  {
    part: 'notify',
    actions: ['sns:Publish'],
    resources: ({ topic }) => (topic === undefined ? undefined : [topic]),
  },
];

/** The parts of each command. */
export const commandParts: Readonly<Record<string, readonly Part[]>> = {
  run: [
    'every command',
    'look at images',
    'look at the place',
    'bake',
    'bake with an engine',
    'encrypt',
    'clear up',
    'look at sharing',
    'publish',
    'other accounts',
    'history',
    'label',
    'read the store',
    'write the store',
    'sign',
    'notify',
  ],
  plan: [
    'every command',
    'look at images',
    'look at the place',
    'look at sharing',
    'other accounts',
    'history',
    'read the store',
  ],
  images: ['every command', 'look at images', 'history', 'read the store'],
  publish: [
    'every command',
    'look at images',
    'look at sharing',
    'publish',
    'encrypt',
    'other accounts',
    'history',
    'label',
    'read the store',
    'notify',
  ],
  promote: [
    'every command',
    'look at images',
    'look at sharing',
    'publish',
    'encrypt',
    'other accounts',
    'history',
    'label',
    'read the store',
    'notify',
  ],
  rollback: ['every command', 'look at images', 'go back', 'other accounts', 'history', 'label', 'notify'],
  // --pr shows the differences between images.
  rotate: ['every command', 'look at images', 'history', 'read the store'],
  // Every call of S3 counts as a call on the bucket of the store.
  template: ['every command', 'look at images', 'history', 'read the store', 'write the store'],
  assets: ['read the store', 'write the store'],
  reap: ['every command', 'look at images', 'clear up'],
  schedule: [
    'every command',
    'look at images',
    'bake with an engine',
    'pipelines',
    'read the store',
    'write the store',
  ],
  verify: [
    'every command',
    'look at images',
    'bake',
    'bake with an engine',
    'encrypt',
    'clear up',
    'read the store',
    'write the store',
    'check signatures',
  ],
};

/** The rows of a command. */
export function actionsOf(command: string, engines: EngineRows): ActionRow[] {
  const parts = new Set<Part>(commandParts[command]);
  return table
    .filter(({ part }) => parts.has(part))
    .flatMap((row) => ('rows' in row ? engines[row.rows] : [row]));
}

interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string[];
  Condition?: ActionRow['condition'];
}

/** The smallest IAM policy of a command, as a policy document. */
export function iamPolicy(
  scope: PolicyScope,
  command: string,
  engines: EngineRows,
): { Version: string; Statement: Statement[] } {
  const statements = new Map<string, Statement>();
  for (const { actions: names, resources, condition } of actionsOf(command, engines)) {
    const on = resources(scope);
    if (!on) continue;
    const key = JSON.stringify([on, condition]);
    const statement = statements.get(key) ?? {
      Sid: `Bake${statements.size + 1}`,
      Effect: 'Allow',
      Action: [],
      Resource: on,
      ...(condition === undefined ? {} : { Condition: condition }),
    };
    statement.Action = [...new Set([...statement.Action, ...names])].sort();
    statements.set(key, statement);
  }
  return { Version: '2012-10-17', Statement: withoutRepeats([...statements.values()]) };
}

/** Removes actions that the statement for all resources already allows. */
function withoutRepeats(statements: readonly Statement[]): Statement[] {
  const everywhere = statements.find(({ Resource, Condition }) => Resource[0] === '*' && !Condition);
  return statements
    .map((statement) =>
      statement === everywhere
        ? statement
        : { ...statement, Action: statement.Action.filter((name) => !everywhere?.Action.includes(name)) },
    )
    .filter(({ Action }) => Action.length > 0);
}
