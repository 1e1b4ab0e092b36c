/**
 * Owns the IAM actions bake needs, one row per call the code makes, and the least policy made of them.
 * test/pipeline/iam.test.ts compares the rows with the calls of real runs.
 */

interface ActionRow {
  action: string;
  /** Which part of the job makes the call. */
  for: 'every run' | 'imagebuilder engine' | 'publish' | 'rotate';
  /** ARNs by partition, account and prefix; '*' where the action knows no resource (Service Authorization Reference). */
  resource(scope: Scope): string[];
}

interface Scope {
  account: string;
  /** aws, aws-cn, aws-us-gov, … */
  partition: string;
  /** Static head of publish.parameter, such as /hpc/ami/. */
  parameterPath: string;
  /** What every name of ours starts with. */
  prefix: string;
}

const anything = (): string[] => ['*'];
const parameters = (s: Scope): string[] => [
  `arn:${s.partition}:ssm:*:${s.account}:parameter${s.parameterPath}*`,
];
const images = (s: Scope): string[] => [
  `arn:${s.partition}:ec2:*::image/*`,
  `arn:${s.partition}:ec2:*::snapshot/*`,
];
const ofBuilder =
  (...kinds: string[]) =>
  (s: Scope): string[] =>
    kinds.map((kind) => `arn:${s.partition}:imagebuilder:*:${s.account}:${kind}/${s.prefix}-*`);

export const actions: readonly ActionRow[] = [
  { action: 'sts:GetCallerIdentity', for: 'every run', resource: anything },
  { action: 'ec2:DescribeImages', for: 'every run', resource: anything },
  { action: 'ec2:CreateTags', for: 'every run', resource: images },
  { action: 'ssm:GetParameters', for: 'every run', resource: parameters },
  { action: 'ssm:GetParametersByPath', for: 'every run', resource: parameters },
  { action: 'ssm:PutParameter', for: 'every run', resource: parameters },
  { action: 'ssm:DeleteParameter', for: 'every run', resource: parameters },
  { action: 'imagebuilder:CreateComponent', for: 'imagebuilder engine', resource: ofBuilder('component') },
  {
    action: 'imagebuilder:CreateImageRecipe',
    for: 'imagebuilder engine',
    resource: ofBuilder('image-recipe'),
  },
  {
    action: 'imagebuilder:CreateInfrastructureConfiguration',
    for: 'imagebuilder engine',
    resource: ofBuilder('infrastructure-configuration'),
  },
  {
    action: 'imagebuilder:CreateDistributionConfiguration',
    for: 'imagebuilder engine',
    resource: ofBuilder('distribution-configuration'),
  },
  {
    action: 'imagebuilder:CreateImage',
    for: 'imagebuilder engine',
    resource: ofBuilder(
      'image',
      'image-recipe',
      'infrastructure-configuration',
      'distribution-configuration',
    ),
  },
  { action: 'imagebuilder:GetImage', for: 'imagebuilder engine', resource: ofBuilder('image') },
  { action: 'imagebuilder:ListImageBuildVersions', for: 'imagebuilder engine', resource: ofBuilder('image') },
  { action: 'imagebuilder:CancelImageCreation', for: 'imagebuilder engine', resource: ofBuilder('image') },
  { action: 'ec2:DeregisterImage', for: 'imagebuilder engine', resource: images },
  { action: 'ec2:DeleteSnapshot', for: 'imagebuilder engine', resource: images },
  {
    action: 'logs:GetLogEvents',
    for: 'imagebuilder engine',
    resource: (s) => [`arn:${s.partition}:logs:*:${s.account}:log-group:/aws/imagebuilder/${s.prefix}-*`],
  },
  { action: 'ec2:CopyImage', for: 'publish', resource: images },
  { action: 'ssm:GetParameterHistory', for: 'rotate', resource: parameters },
];

/**
 * The least IAM policy of a run, as a policy document. iam:PassRole for the builder's instance profile is there
 * because Image Builder starts the instance with it (EC2 Image Builder user guide, "Required IAM permissions").
 */
export function iamPolicy(scope: Scope & { role: string }): object {
  const groups = new Map<string, { actions: string[]; resources: string[] }>();
  for (const row of actions) {
    const resources = row.resource(scope);
    const key = `${row.for} ${resources.join(' ')}`;
    const group = groups.get(key) ?? { actions: [], resources };
    group.actions.push(row.action);
    groups.set(key, group);
  }
  const statements = [...groups.entries()].map(([key, group], index) => ({
    Sid: sid(key, index),
    Effect: 'Allow',
    Action: group.actions,
    Resource: group.resources.length === 1 ? group.resources[0] : group.resources,
  }));
  return {
    Version: '2012-10-17',
    Statement: [
      ...statements,
      {
        Sid: 'PassBuilderRole',
        Effect: 'Allow',
        Action: ['iam:PassRole', 'iam:GetInstanceProfile'],
        Resource: [
          `arn:${scope.partition}:iam::${scope.account}:role/${scope.role}`,
          `arn:${scope.partition}:iam::${scope.account}:instance-profile/${scope.role}`,
        ],
      },
    ],
  };
}

function sid(key: string, index: number): string {
  const words = key.split(' arn:')[0]?.replace(/\*/g, '').trim().split(' ') ?? [];
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}${index + 1}`;
}
