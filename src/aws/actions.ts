/**
 * The table of IAM actions that bake needs: the calls of its own code, and those that Packer, Image Builder and EC2 make
 * with its permissions. test/aws/actions.test.ts compares the table with the code, test/job/iam.test.ts with real runs.
 */

/** A part of the work; each command consists of several parts. */
type Part =
  | 'every command'
  | 'look at images'
  | 'look at the place'
  | 'bake'
  | 'bake with Image Builder'
  | 'bake with Packer'
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

/** The resources that policies are restricted to. */
export interface PolicyScope {
  account: string;
  /** aws, aws-cn, aws-us-gov, … */
  partition: string;
  /** The constant beginning of publish.parameter, such as /hpc/ami/. */
  parameterPath: string;
  /** The prefix of every name that bake gives. */
  prefix: string;
  /** The instance profile of the build instance; its role is assumed to have the same name. */
  role: string;
  /** The role of the workflows and pipelines of Image Builder. */
  executionRole?: string | undefined;
  /** The bucket of `store`, and the prefix of its keys (empty, or with a final /). */
  store?: { bucket: string; prefix: string } | undefined;
  /** The role that bake assumes in other accounts, with * for the account. */
  publishRole?: string | undefined;
  /** The ARN of notify.sns. */
  topic?: string | undefined;
  /** The ARN of provenance.key, or of all keys if it is an alias. */
  signingKey?: string | undefined;
}

/** The resources of an action; undefined: the scope has none, so the action is not needed. */
type Resources = (scope: PolicyScope) => string[] | undefined;

interface ActionRow {
  part: Part;
  actions: readonly string[];
  resources: Resources;
  condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Who makes the call, if it is not bake itself. */
  by?: 'Packer' | 'Image Builder' | 'EC2' | 'S3';
}

/** The Service Authorization Reference lists no resource type for these actions. */
const anything: Resources = () => ['*'];
const parameters: Resources = (s) => [`arn:${s.partition}:ssm:*:${s.account}:parameter${s.parameterPath}*`];
const images: Resources = (s) => [
  `arn:${s.partition}:ec2:*::image/*`,
  `arn:${s.partition}:ec2:*::snapshot/*`,
];
const ec2 =
  (...kinds: string[]): Resources =>
  (s) =>
    kinds.map((kind) => `arn:${s.partition}:ec2:*:${s.account}:${kind}/*`);
const ofBuilder =
  (...kinds: string[]): Resources =>
  (s) =>
    kinds.map((kind) => `arn:${s.partition}:imagebuilder:*:${s.account}:${kind}/${s.prefix}-*`);
const builderRole: Resources = (s) =>
  [s.role, s.executionRole?.split('/').at(-1)]
    .filter((name) => name !== undefined)
    .map((name) => `arn:${s.partition}:iam::${s.account}:role/${name}`);
const objects: Resources = ({ partition, store }) =>
  store && [`arn:${partition}:s3:::${store.bucket}/${store.prefix}*`];
const bucket: Resources = ({ partition, store }) => store && [`arn:${partition}:s3:::${store.bucket}`];
const signing: Resources = ({ signingKey }) => (signingKey === undefined ? undefined : [signingKey]);
const keys: Resources = (s) => [`arn:${s.partition}:kms:*:${s.account}:key/*`];

/** Resources that a run of bake made; bake tags them with the run at launch. */
const OF_A_RUN = { StringLike: { 'aws:ResourceTag/bakery:run': '*' } };

export const actions: readonly ActionRow[] = [
  { part: 'every command', actions: ['sts:GetCallerIdentity'], resources: anything },

  { part: 'look at images', actions: ['ec2:DescribeImages'], resources: anything },
  {
    part: 'look at images',
    actions: ['ssm:GetParameters', 'ssm:GetParametersByPath'],
    resources: parameters,
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
    resources: anything,
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

  { part: 'bake', actions: ['ssm:PutParameter', 'ssm:DeleteParameter'], resources: parameters },
  { part: 'bake', actions: ['ec2:CreateTags'], resources: images },

  {
    part: 'bake with Image Builder',
    actions: [
      'imagebuilder:CancelImageCreation',
      'imagebuilder:CreateComponent',
      'imagebuilder:CreateDistributionConfiguration',
      'imagebuilder:CreateImage',
      'imagebuilder:CreateImageRecipe',
      'imagebuilder:CreateInfrastructureConfiguration',
      'imagebuilder:GetImage',
      'imagebuilder:ListImageBuildVersions',
      'imagebuilder:RetryImage',
    ],
    resources: ofBuilder(
      'component',
      'distribution-configuration',
      'image',
      'image-recipe',
      'infrastructure-configuration',
    ),
  },
  {
    part: 'bake with Image Builder',
    actions: ['imagebuilder:ListWorkflowExecutions', 'imagebuilder:ListWorkflowStepExecutions'],
    resources: (s) => [
      ...(ofBuilder('image')(s) ?? []),
      // The executions of an image have ids instead of names.
      `arn:${s.partition}:imagebuilder:*:${s.account}:workflow-execution/*`,
    ],
  },
  {
    part: 'bake with Image Builder',
    // Dependent actions of the Create* above (Service Authorization Reference, EC2 Image Builder).
    actions: [
      'imagebuilder:GetComponent',
      'imagebuilder:GetDistributionConfiguration',
      'imagebuilder:GetImageRecipe',
      'imagebuilder:GetInfrastructureConfiguration',
      'imagebuilder:TagResource',
    ],
    resources: ofBuilder(
      'component',
      'distribution-configuration',
      'image',
      'image-recipe',
      'infrastructure-configuration',
    ),
    by: 'Image Builder',
  },
  {
    part: 'bake with Image Builder',
    actions: ['iam:PassRole'],
    resources: builderRole,
    // Image Builder starts the instance with one role and runs workflows with the other (its user guide, "Required IAM permissions").
    condition: {
      StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'imagebuilder.amazonaws.com'] },
    },
    by: 'Image Builder',
  },
  {
    part: 'bake with Image Builder',
    actions: ['iam:CreateServiceLinkedRole'],
    resources: (s) => [
      `arn:${s.partition}:iam::${s.account}:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder`,
    ],
    by: 'Image Builder',
  },
  {
    part: 'bake with Image Builder',
    actions: ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'],
    resources: images,
  },
  {
    part: 'bake with Image Builder',
    actions: ['logs:GetLogEvents'],
    resources: (s) => [`arn:${s.partition}:logs:*:${s.account}:log-group:/aws/imagebuilder/${s.prefix}-*`],
  },

  // The permissions of Packer (hashicorp/packer-plugin-amazon:.web-docs/README.md, "IAM Task or Instance Role").
  {
    part: 'bake with Packer',
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
      'ec2:DetachVolume',
      'ec2:GetPasswordData',
      'ec2:ModifyImageAttribute',
      'ec2:ModifyInstanceAttribute',
      'ec2:ModifySnapshotAttribute',
      'ec2:RegisterImage',
      'ec2:RunInstances',
    ],
    resources: anything,
    by: 'Packer',
  },
  {
    part: 'bake with Packer',
    actions: ['ec2:StopInstances', 'ec2:TerminateInstances'],
    resources: ec2('instance'),
    condition: OF_A_RUN,
    by: 'Packer',
  },
  {
    part: 'bake with Packer',
    actions: ['ec2:EnableImageDeprecation', 'ec2:EnableImageDeregistrationProtection'],
    resources: images,
    by: 'Packer',
  },
  {
    part: 'bake with Packer',
    actions: ['iam:GetInstanceProfile'],
    resources: (s) => [`arn:${s.partition}:iam::${s.account}:instance-profile/${s.role}`],
    by: 'Packer',
  },
  {
    part: 'bake with Packer',
    actions: ['iam:PassRole'],
    resources: (s) => [`arn:${s.partition}:iam::${s.account}:role/${s.role}`],
    condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    by: 'Packer',
  },
  {
    part: 'bake with Packer',
    actions: ['ssm:StartSession', 'ssm:TerminateSession'],
    resources: (s) => [
      `arn:${s.partition}:ec2:*:${s.account}:instance/*`,
      `arn:${s.partition}:ssm:*::document/AWS-StartPortForwardingSession`,
      `arn:${s.partition}:ssm:*:${s.account}:session/*`,
    ],
    by: 'Packer',
  },

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
    resources: images,
  },
  {
    part: 'look at sharing',
    actions: ['ec2:DescribeImageAttribute', 'ec2:DescribeSnapshotAttribute', 'ec2:DescribeSnapshots'],
    resources: anything,
  },
  { part: 'publish', actions: ['ssm:PutParameter', 'ssm:DeleteParameter'], resources: parameters },
  // A rollback copies and shares nothing.
  { part: 'go back', actions: ['ec2:DisableImageDeprecation'], resources: images },
  { part: 'go back', actions: ['ssm:PutParameter'], resources: parameters },
  {
    part: 'other accounts',
    actions: ['sts:AssumeRole'],
    resources: ({ publishRole }) => (publishRole === undefined ? undefined : [publishRole]),
  },
  { part: 'history', actions: ['ssm:GetParameterHistory'], resources: parameters },
  {
    part: 'label',
    actions: ['ssm:LabelParameterVersion', 'ssm:UnlabelParameterVersion'],
    resources: parameters,
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
    resources: anything,
  },
  {
    part: 'clear up',
    actions: ['ec2:DeleteKeyPair', 'ec2:DeleteSecurityGroup', 'ec2:DeleteVolume', 'ec2:TerminateInstances'],
    resources: ec2('instance', 'key-pair', 'security-group', 'volume'),
    condition: OF_A_RUN,
  },
  {
    part: 'clear up',
    actions: ['ec2:CreateTags', 'ec2:DeleteSnapshot', 'ec2:DeregisterImage'],
    resources: images,
  },

  {
    part: 'pipelines',
    actions: [
      'imagebuilder:CreateImagePipeline',
      'imagebuilder:DeleteDistributionConfiguration',
      'imagebuilder:DeleteImagePipeline',
      'imagebuilder:GetImagePipeline',
      'imagebuilder:UpdateDistributionConfiguration',
      'imagebuilder:UpdateImagePipeline',
    ],
    resources: ofBuilder(
      'distribution-configuration',
      'image-pipeline',
      'image-recipe',
      'infrastructure-configuration',
    ),
  },

  // The parameter that names the base image of a pipeline.
  { part: 'pipelines', actions: ['ssm:DeleteParameter', 'ssm:PutParameter'], resources: parameters },

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
  // What goes to S3 is taken to go to the bucket of the store.
  template: ['every command', 'look at images', 'history', 'read the store', 'write the store'],
  assets: ['read the store', 'write the store'],
  reap: ['every command', 'look at images', 'clear up'],
  schedule: ['every command', 'look at images', 'pipelines', 'read the store', 'write the store'],
  verify: [
    'every command',
    'look at images',
    'bake',
    // Packer boots the image for either engine.
    'bake with Packer',
    'encrypt',
    'clear up',
    'read the store',
    'write the store',
    'check signatures',
  ],
};

const ENGINE_PARTS: Readonly<Record<string, Part>> = {
  imagebuilder: 'bake with Image Builder',
  packer: 'bake with Packer',
};

/** Commands that bake, or that create pipelines that bake. */
const WITH_ENGINE = new Set(['run', 'schedule']);

/** The rows of a command. @param engines that the command may use */
export function actionsOf(command: string, engines: readonly string[]): ActionRow[] {
  const parts = new Set<Part>(commandParts[command]);
  if (WITH_ENGINE.has(command)) {
    for (const engine of engines) {
      const part = ENGINE_PARTS[engine];
      if (part !== undefined) parts.add(part);
    }
  }
  return actions.filter(({ part }) => parts.has(part));
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
  engines: readonly string[],
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
