/** Breaks each rule of src/sandbox/rules.ts over the wire and expects its error code. */
import {
  CopyImageCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  TerminateInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import {
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  CreateImagePipelineCommand,
  CreateWorkflowCommand,
  DeleteComponentCommand,
  DeleteInfrastructureConfigurationCommand,
  RetryImageCommand,
  StartImagePipelineExecutionCommand,
} from '@aws-sdk/client-imagebuilder';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetParametersByPathCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { rules, type RuleId } from '../../src/sandbox/rules.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import { errorName, openAccount, type Clients } from './account.ts';
import { bash, document } from './documents.ts';

const base = seedIds.base();
const data = document({ build: [bash('a', 'true')] });
const name = '{{ imagebuilder:buildDate }} x';

interface Account extends Clients {
  sandbox: { endpoint: string };
}

async function officialId({ ec2 }: Account): Promise<string> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'], MaxResults: 5 }));
  return Images?.[0]?.ImageId ?? '';
}

function copy({ ec2 }: Account, more: object): Promise<{ ImageId?: string | undefined }> {
  return ec2.send(
    new CopyImageCommand({ SourceImageId: base, SourceRegion: 'us-east-1', Name: 'free', ...more }),
  );
}

async function launch({ ec2 }: Account, more: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId: base, InstanceType: 'c5.large', MinCount: 1, MaxCount: 1, ...more }),
  );
  return Instances?.[0]?.InstanceId ?? '';
}

function put({ ssm }: Account, more: object): Promise<unknown> {
  return ssm.send(new PutParameterCommand({ Name: '/p', Value: 'v', Type: 'String', ...more }));
}

function component(
  { imagebuilder }: Account,
  more: object = {},
): Promise<{ componentBuildVersionArn?: string | undefined }> {
  return imagebuilder.send(
    new CreateComponentCommand({ name: 'comp', semanticVersion: '1.0.0', platform: 'Linux', data, ...more }),
  );
}

function recipe(
  { imagebuilder }: Account,
  more: object = {},
): Promise<{ imageRecipeArn?: string | undefined }> {
  return imagebuilder.send(
    new CreateImageRecipeCommand({
      name: 'recipe',
      semanticVersion: '1.0.0',
      parentImage: base,
      components: undefined,
      ...more,
    }),
  );
}

async function pipeline(
  a: Account,
  more: object = {},
): Promise<{ imagePipelineArn?: string | undefined; infrastructureConfigurationArn?: string | undefined }> {
  const infrastructure = `inf-${Math.random()}`.replace('.', '');
  const [{ imageRecipeArn }, { infrastructureConfigurationArn }] = await Promise.all([
    recipe(a, { name: 'recipe', semanticVersion: '1.x.x' }),
    a.imagebuilder.send(
      new CreateInfrastructureConfigurationCommand({ name: infrastructure, instanceProfileName: 'p' }),
    ),
  ]);
  const wish = { name: 'pipeline', imageRecipeArn, infrastructureConfigurationArn, ...more };
  const { imagePipelineArn } = await a.imagebuilder.send(new CreateImagePipelineCommand(wish));
  return { imagePipelineArn, infrastructureConfigurationArn };
}

function managed(which: string): string {
  return `arn:aws:imagebuilder:us-east-1:aws:workflow/${which}/x.x.x`;
}

function workflow({ imagebuilder }: Account, actions: string[]): Promise<unknown> {
  const steps = actions.map((action) => `{ name: ${action}, action: ${action} }`).join(', ');
  return imagebuilder.send(
    new CreateWorkflowCommand({
      name: 'workflow',
      semanticVersion: '1.0.0',
      type: 'BUILD',
      data: `schemaVersion: 1.0\nsteps: [${steps}]\n`,
    }),
  );
}

function s3For({ sandbox }: Account): S3Client {
  return new S3Client({
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    forcePathStyle: true,
  });
}

function distribution({ imagebuilder }: Account, distributions: object[]): Promise<unknown> {
  return imagebuilder.send(
    new CreateDistributionConfigurationCommand({ name: 'dist', distributions: distributions as never }),
  );
}

/** Sends a form that no SDK would send. */
async function form({ sandbox }: Account, body: string): Promise<void> {
  const authorization = 'Credential=A/20261121/us-east-1/ec2/aws4_request';
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(sandbox.endpoint, { method: 'POST', headers, body });
  const code = /<Code>(.*)<\/Code>/.exec(await answer.text())?.[1];
  if (code !== undefined) throw Object.assign(new Error(code), { name: code });
}

async function twice(call: () => Promise<unknown>): Promise<void> {
  await call();
  await call();
}

const breaks: Record<RuleId, (account: Account) => Promise<unknown>> = {
  imageIdForm: ({ ec2 }) => ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-1'] })),
  imageExists: ({ ec2 }) => ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-00000000000000000'] })),
  imageOwn: async (a) => a.ec2.send(new DeregisterImageCommand({ ImageId: await officialId(a) })),
  imageName: (a) => copy(a, { Name: 'what?' }),
  imageNameFree: (a) => twice(() => copy(a, { ClientToken: Math.random().toString() })),
  imageProtected: async ({ ec2 }) => {
    await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId: base }));
    await ec2.send(new DeregisterImageCommand({ ImageId: base }));
  },
  imageShareKey: ({ ec2 }) =>
    ec2.send(
      new ModifyImageAttributeCommand({
        ImageId: base,
        LaunchPermission: { Add: [{ UserId: '444455556666' }] },
      }),
    ),
  imageIdsPaged: ({ ec2 }) => ec2.send(new DescribeImagesCommand({ ImageIds: [base], MaxResults: 5 })),
  vpcExists: ({ ec2 }) => ec2.send(new DescribeVpcsCommand({ VpcIds: ['vpc-00000000000000000'] })),
  subnetExists: ({ ec2 }) =>
    ec2.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-00000000000000000'] })),
  filterKnown: ({ ec2 }) =>
    ec2.send(new DescribeImagesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] })),
  parameterKnown: (a) => form(a, 'Action=DescribeImages&Colour=red'),
  parameterThere: (a) => form(a, 'Action=DeregisterImage'),
  copyOnce: async (a) => {
    await copy(a, { ClientToken: 't' });
    await copy(a, { ClientToken: 't', Name: 'other' });
  },
  deprecationTime: ({ ec2 }) =>
    ec2.send(new EnableImageDeprecationCommand({ ImageId: base, DeprecateAt: new Date('2099-01-01') })),
  tagReserved: ({ ec2 }) =>
    ec2.send(new CreateTagsCommand({ Resources: [base], Tags: [{ Key: 'aws:x', Value: '' }] })),
  tagCount: ({ ec2 }) =>
    ec2.send(
      new CreateTagsCommand({
        Resources: [base],
        Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' })),
      }),
    ),
  snapshotInUse: async ({ ec2 }) => {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [base] }));
    await ec2.send(
      new DeleteSnapshotCommand({ SnapshotId: Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId }),
    );
  },
  instanceIdForm: ({ ec2 }) => ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-1'] })),
  instanceExists: ({ ec2 }) =>
    ec2.send(new DescribeInstancesCommand({ InstanceIds: ['i-00000000000000000'] })),
  instanceState: async (a) => {
    const InstanceIds = [await launch(a)];
    await a.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await a.ec2.send(new StartInstancesCommand({ InstanceIds }));
  },
  instanceArchitecture: (a) => launch(a, { InstanceType: 'c7g.large' }),
  instanceOnce: async (a) => {
    await launch(a, { ClientToken: 't' });
    await launch(a, { ClientToken: 't', EbsOptimized: true });
  },
  instanceProtected: async (a) => {
    const InstanceIds = [await launch(a, { DisableApiTermination: true })];
    await a.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  },
  interfaceGroups: (a) =>
    launch(a, { SecurityGroupIds: ['sg-00000000'], NetworkInterfaces: [{ DeviceIndex: 0 }] }),
  keyPairFree: ({ ec2 }) =>
    twice(() => ec2.send(new CreateKeyPairCommand({ KeyName: 'k', KeyType: 'ed25519' }))),
  groupFree: ({ ec2 }) =>
    twice(() => ec2.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }))),
  groupDefault: ({ ec2 }) => ec2.send(new DeleteSecurityGroupCommand({ GroupName: 'default' })),
  groupUsed: async (a) => {
    const group = { GroupName: 'g', Description: 'd' };
    const { GroupId = '' } = await a.ec2.send(new CreateSecurityGroupCommand(group));
    await launch(a, { SecurityGroupIds: [GroupId] });
    await a.ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  },
  volumeRoot: async (a) => {
    await launch(a);
    const { Volumes } = await a.ec2.send(new DescribeVolumesCommand({}));
    await a.ec2.send(new DeleteVolumeCommand({ VolumeId: Volumes?.[0]?.VolumeId ?? '' }));
  },
  volumeSize: (a) =>
    launch(a, { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 1 } }] }),
  snapshotShare: async (a) => {
    const { ImageId = '' } = await copy(a, { Encrypted: true });
    const { Images } = await a.ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
    await a.ec2.send(
      new ModifySnapshotAttributeCommand({
        SnapshotId: Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId,
        CreateVolumePermission: { Add: [{ UserId: '444455556666' }] },
      }),
    );
  },
  dryRun: ({ ec2 }) => ec2.send(new DeregisterImageCommand({ ImageId: base, DryRun: true })),

  parameterName: (a) => put(a, { Name: 'a/b' }),
  parameterReserved: (a) => put(a, { Name: '/ssm/x' }),
  parameterReservedAws: (a) => put(a, { Name: '/aws/x' }),
  parameterLevels: (a) => put(a, { Name: `/${'a/'.repeat(15)}b` }),
  parameterType: (a) => put(a, { Type: undefined }),
  parameterTypeStays: async (a) => {
    await put(a, {});
    await put(a, { Type: 'SecureString', Overwrite: true });
  },
  parameterExists: (a) => twice(() => put(a, {})),
  parameterSize: (a) => put(a, { Value: 'v'.repeat(4097) }),
  parameterTags: (a) => put(a, { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }),
  parameterDataType: (a) => put(a, { DataType: 'image' }),
  parameterVersions: async (a) => {
    for (let i = 0; i < 100; i++) await put(a, { Overwrite: true });
    await a.ssm.send(new LabelParameterVersionCommand({ Name: '/p', ParameterVersion: 1, Labels: ['l'] }));
    await put(a, { Overwrite: true });
  },
  parameterLabels: async (a) => {
    await put(a, {});
    const label = (Labels: string[]): Promise<unknown> =>
      a.ssm.send(new LabelParameterVersionCommand({ Name: '/p', Labels }));
    await label(Array.from({ length: 10 }, (_, i) => `l${i}`));
    await label(['one-more']);
  },
  parameterPath: ({ ssm }) => ssm.send(new GetParametersByPathCommand({ Path: 'p' })),

  roleAccount: ({ sts }) =>
    sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::444455556666:role/x', RoleSessionName: 'name' })),

  documentOrUri: (a) => component(a, { uri: 's3://b/k' }),
  documentValid: (a) => component(a, { data: 'schemaVersion: 1.0' }),
  componentImmutable: (a) => twice(() => component(a)),
  componentOnce: async (a) => {
    const { componentBuildVersionArn: componentArn } = await component(a);
    await recipe(a, { components: [{ componentArn }, { componentArn }] });
  },
  componentInUse: async (a) => {
    const { componentBuildVersionArn } = await component(a);
    await recipe(a, { components: [{ componentArn: componentBuildVersionArn }] });
    await a.imagebuilder.send(new DeleteComponentCommand({ componentBuildVersionArn }));
  },
  recipeImmutable: (a) => twice(() => recipe(a)),
  recipeParent: (a) => recipe(a, { parentImage: 'ami-00000000000000000' }),
  subnetGroups: ({ imagebuilder }) =>
    imagebuilder.send(
      new CreateInfrastructureConfigurationCommand({
        name: 'inf',
        instanceProfileName: 'p',
        subnetId: 'subnet-1',
      }),
    ),
  buildDate: (a) =>
    distribution(a, [{ region: 'us-east-1', amiDistributionConfiguration: { name: 'x-y-z' } }]),
  regionOnce: (a) =>
    distribution(
      a,
      [0, 1].map(() => ({ region: 'us-east-1', amiDistributionConfiguration: { name } })),
    ),
  tokenOnce: async (a) => {
    await component(a, { clientToken: 't' });
    await component(a, { clientToken: 't', description: 'other' });
  },
  componentSize: async (a) => {
    const s3 = s3For(a);
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket-of-rules' }));
    const Body = document({ build: [bash('a', `: ${'x'.repeat(70_000)}`)] });
    await s3.send(new PutObjectCommand({ Bucket: 'bucket-of-rules', Key: 'large.yaml', Body }));
    s3.destroy();
    await component(a, { data: undefined, uri: 's3://bucket-of-rules/large.yaml' });
  },
  topicExists: ({ imagebuilder }) =>
    imagebuilder.send(
      new CreateInfrastructureConfigurationCommand({
        name: 'inf',
        instanceProfileName: 'p',
        snsTopicArn: 'arn:aws:sns:us-east-1:111122223333:nowhere',
      }),
    ),
  pipelineExists: (a) => twice(() => pipeline(a)),
  scheduleValid: (a) => pipeline(a, { schedule: { scheduleExpression: 'cron(0 3 * * *)' } }),
  configurationInUse: async (a) => {
    const { infrastructureConfigurationArn } = await pipeline(a);
    await a.imagebuilder.send(
      new DeleteInfrastructureConfigurationCommand({ infrastructureConfigurationArn }),
    );
  },
  workflowRole: (a) => pipeline(a, { workflows: [{ workflowArn: managed('build/build-image') }] }),
  workflowBuild: (a) =>
    pipeline(a, {
      workflows: [{ workflowArn: managed('test/test-image') }],
      executionRole: 'role',
    }),
  workflowImmutable: (a) => twice(() => workflow(a, ['LaunchInstance'])),
  workflowSteps: (a) => workflow(a, ['MakeCoffee']),
  retryState: async (a) => {
    const { imageBuildVersionArn } = await a.imagebuilder.send(
      new StartImagePipelineExecutionCommand({ imagePipelineArn: (await pipeline(a)).imagePipelineArn }),
    );
    await a.imagebuilder.send(new RetryImageCommand({ imageBuildVersionArn }));
  },
  dryRunEnds: (a) => component(a, { dryRun: true }),
};

test.each(Object.entries(breaks))('the rule %s is enforced', async (id, breakRule) => {
  const account = await openAccount();
  expect(await errorName(breakRule(account))).toBe(rules[id as RuleId].error);
});
