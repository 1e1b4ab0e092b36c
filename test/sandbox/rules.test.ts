/** Each rule of src/sandbox/rules.ts is broken over the wire, and answers with its code. */
import {
  CopyImageCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  DeleteComponentCommand,
} from '@aws-sdk/client-imagebuilder';
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

function copy({ ec2 }: Account, more: object): Promise<unknown> {
  return ec2.send(
    new CopyImageCommand({ SourceImageId: base, SourceRegion: 'us-east-1', Name: 'free', ...more }),
  );
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

function recipe({ imagebuilder }: Account, more: object = {}): Promise<unknown> {
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

function distribution({ imagebuilder }: Account, distributions: object[]): Promise<unknown> {
  return imagebuilder.send(
    new CreateDistributionConfigurationCommand({ name: 'dist', distributions: distributions as never }),
  );
}

/** A form that no SDK would send. */
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
  imageIdsPaged: ({ ec2 }) => ec2.send(new DescribeImagesCommand({ ImageIds: [base], MaxResults: 5 })),
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
  dryRunEnds: (a) => component(a, { dryRun: true }),
};

test.each(Object.entries(breaks))('%s is kept', async (id, breakRule) => {
  const account = await openAccount();
  expect(await errorName(breakRule(account))).toBe(rules[id as RuleId].error);
});
