/**
 * The list of cases that any server of the AWS APIs can answer: each returns what it saw as one JSON value. Beside it
 * stands the answer of AWS and, if moto differs, the reason.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyImageCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DisableImageDeprecationCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  type EC2Client,
  type Image,
} from '@aws-sdk/client-ec2';
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
  type PutParameterCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Clients } from '../sandbox/account.ts';

export interface CaseWorld {
  /** Clients of us-east-1, and of eu-west-1. */
  here: Clients;
  there: Clients;
  /** An unencrypted image of another account in us-east-1. */
  foreign: string;
  /** A name that no other case uses. */
  name: string;
}

export interface Case {
  service: 'ec2' | 'ssm' | 'sts';
  run(world: CaseWorld): Promise<unknown>;
  /** The answer of AWS according to its API references. */
  aws: unknown;
  /** The reason why moto answers differently. */
  moto?: string;
}

const ACCOUNT = '444455556666';
const ABSENT = 'ami-00000000000000000';

async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return (error as Error).name;
  }
}

async function copied({ here, foreign, name }: CaseWorld, more: object = {}): Promise<string> {
  const { ImageId = '' } = await here.ec2.send(
    new CopyImageCommand({ SourceImageId: foreign, SourceRegion: 'us-east-1', Name: name, ...more }),
  );
  for (let tries = 0; (await find(here.ec2, ImageId))?.State === 'pending' && tries < 50; tries++) {
    await sleep(50);
  }
  return ImageId;
}

async function find(ec2: EC2Client, id: string): Promise<Image | undefined> {
  const Filters = [{ Name: 'image-id', Values: [id] }];
  return (await ec2.send(new DescribeImagesCommand({ Filters }))).Images?.[0];
}

async function snapshotOf(ec2: EC2Client, image: string): Promise<string> {
  return (await find(ec2, image))?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
}

async function launchers(ec2: EC2Client, id: string): Promise<unknown> {
  const answer = await ec2.send(
    new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' }),
  );
  return (answer.LaunchPermissions ?? []).map((one) => String(Object.values(one)[0])).sort();
}

function put(ssm: SSMClient, Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) {
  return ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true, ...more }));
}

async function history(ssm: SSMClient, Name: string) {
  const found = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(new GetParameterHistoryCommand({ Name, NextToken }));
    found.push(...(page.Parameters ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

export const cases: Readonly<Record<string, Case>> = {
  'a copy has the tags that its request names': {
    service: 'ec2',
    async run(world) {
      const Tags = [{ Key: 'bakery:run', Value: 'r1' }];
      const id = await copied(world, { TagSpecifications: [{ ResourceType: 'image', Tags }] });
      return (await find(world.here.ec2, id))?.Tags;
    },
    aws: [{ Key: 'bakery:run', Value: 'r1' }],
    moto: 'it does not read the tags of a CopyImage',
  },
  'a copy gives its snapshots the tags that its request names': {
    service: 'ec2',
    async run(world) {
      const Tags = [{ Key: 'bakery:run', Value: 'r1' }];
      const id = await copied(world, { TagSpecifications: [{ ResourceType: 'snapshot', Tags }] });
      const SnapshotIds = [await snapshotOf(world.here.ec2, id)];
      const found = await world.here.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds }));
      return found.Snapshots?.[0]?.Tags;
    },
    aws: [{ Key: 'bakery:run', Value: 'r1' }],
    moto: 'it does not read the tags of a CopyImage',
  },
  'a copy is made once per client token': {
    service: 'ec2',
    async run(world) {
      const ids = [
        await copied(world, { ClientToken: world.name }),
        await copied(world, { ClientToken: world.name }),
      ];
      return ids[0] === ids[1];
    },
    aws: true,
    moto: 'it does not read the token',
  },
  'a copy carries no tags by itself': {
    service: 'ec2',
    async run(world) {
      const first = await copied(world);
      await world.here.ec2.send(
        new CreateTagsCommand({ Resources: [first], Tags: [{ Key: 'a', Value: 'b' }] }),
      );
      const second = await copied(world, { SourceImageId: first, Name: `${world.name}-2` });
      return (await find(world.here.ec2, second))?.Tags ?? [];
    },
    aws: [],
  },
  'an image is in its Region only': {
    service: 'ec2',
    async run(world) {
      const id = await copied(world);
      return [(await find(world.here.ec2, id))?.ImageId === id, await find(world.there.ec2, id)];
    },
    aws: [true, undefined],
  },
  'an image that does not exist is an error by id and nothing by filter': {
    service: 'ec2',
    run: async ({ here }) => [
      await errorOf(here.ec2.send(new DescribeImagesCommand({ ImageIds: [ABSENT] }))),
      await errorOf(here.ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-xyz'] }))),
      (await find(here.ec2, ABSENT)) ?? 'nothing',
    ],
    aws: ['InvalidAMIID.NotFound', 'InvalidAMIID.Malformed', 'nothing'],
    moto: 'it does not look at the form of an id',
  },
  'tags are overwritten, and taken away by key': {
    service: 'ec2',
    async run(world) {
      const { ec2 } = world.here;
      const Resources = [await copied(world)];
      await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '' }] })); // prettier-ignore
      await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'a', Value: '2' }] }));
      const both = (await find(ec2, Resources[0] ?? ''))?.Tags?.map(
        (tag) => `${tag.Key}=${tag.Value}`,
      ).sort();
      await ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'a' }] }));
      return [both, (await find(ec2, Resources[0] ?? ''))?.Tags?.map((tag) => tag.Key)];
    },
    aws: [['a=2', 'b='], ['b']],
  },
  'images are found by tag': {
    service: 'ec2',
    async run(world) {
      const { ec2 } = world.here;
      const id = await copied(world);
      const Tags = [{ Key: 'bakery:fingerprint', Value: world.name }];
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
      const Filters = [{ Name: 'tag:bakery:fingerprint', Values: [world.name] }];
      const found = await ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters }));
      return found.Images?.map((image) => image.ImageId === id);
    },
    aws: [true],
  },
  'tag keys of AWS are refused': {
    service: 'ec2',
    run: async (world) =>
      errorOf(
        world.here.ec2.send(
          new CreateTagsCommand({ Resources: [await copied(world)], Tags: [{ Key: 'aws:x', Value: '1' }] }),
        ),
      ),
    aws: 'InvalidParameterValue',
    moto: 'it takes any key',
  },
  'launch permission is given once to an account, and taken away': {
    service: 'ec2',
    async run(world) {
      const { ec2 } = world.here;
      const ImageId = await copied(world);
      const modify = (LaunchPermission: object) =>
        ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }));
      await modify({ Add: [{ UserId: ACCOUNT }] });
      await modify({ Add: [{ UserId: ACCOUNT }] });
      const given = await launchers(ec2, ImageId);
      await modify({ Remove: [{ UserId: ACCOUNT }] });
      return [given, await launchers(ec2, ImageId)];
    },
    aws: [[ACCOUNT], []],
  },
  'launch permission is given to organizations': {
    service: 'ec2',
    async run(world) {
      const { ec2 } = world.here;
      const ImageId = await copied(world);
      const OrganizationArn = 'arn:aws:organizations::111122223333:organization/o-abcdefghij';
      const LaunchPermission = { Add: [{ OrganizationArn }] };
      await ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }));
      return launchers(ec2, ImageId);
    },
    aws: ['arn:aws:organizations::111122223333:organization/o-abcdefghij'],
  },
  'launch permission is refused to what is no account': {
    service: 'ec2',
    async run(world) {
      const ImageId = await copied(world);
      const LaunchPermission = { Add: [{ UserId: '12' }] };
      return errorOf(world.here.ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission })));
    },
    aws: 'InvalidAMIAttributeItemValue',
  },
  'volume permission is given to an account': {
    service: 'ec2',
    async run(world) {
      const { ec2 } = world.here;
      const SnapshotId = await snapshotOf(ec2, await copied(world));
      const CreateVolumePermission = { Add: [{ UserId: ACCOUNT }] };
      await ec2.send(
        new ModifySnapshotAttributeCommand({
          SnapshotId,
          Attribute: 'createVolumePermission',
          OperationType: 'add',
          CreateVolumePermission,
        }),
      );
      const Attribute = 'createVolumePermission';
      const read = await ec2.send(new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute }));
      return read.CreateVolumePermissions;
    },
    aws: [{ UserId: ACCOUNT }],
    moto: 'it reads the older spelling only (UserId.N), which the SDK does not send',
  },
  'an image is deprecated from a day on, and not any more': {
    service: 'ec2',
    async run(world) {
      const { ec2 } = world.here;
      const ImageId = await copied(world);
      const DeprecateAt = new Date('2035-01-01T00:00:00Z');
      await ec2.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt }));
      const dated = (await find(ec2, ImageId))?.DeprecationTime;
      await ec2.send(new DisableImageDeprecationCommand({ ImageId }));
      return [dated?.slice(0, 10), (await find(ec2, ImageId))?.DeprecationTime];
    },
    aws: ['2035-01-01', undefined],
    moto: 'it has no EnableImageDeprecation',
  },
  'a protected image is not deregistered': {
    service: 'ec2',
    async run(world) {
      const ImageId = await copied(world);
      await world.here.ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId }));
      return errorOf(world.here.ec2.send(new DeregisterImageCommand({ ImageId })));
    },
    aws: 'OperationNotPermitted',
    moto: 'it has no EnableImageDeregistrationProtection',
  },
  'a deregistered image is gone': {
    service: 'ec2',
    async run(world) {
      const ImageId = await copied(world);
      await world.here.ec2.send(new DeregisterImageCommand({ ImageId }));
      return (await find(world.here.ec2, ImageId)) ?? 'gone';
    },
    aws: 'gone',
  },
  'what does not exist is not deregistered': {
    service: 'ec2',
    run: ({ here }) => errorOf(here.ec2.send(new DeregisterImageCommand({ ImageId: ABSENT }))),
    aws: 'InvalidAMIID.NotFound',
  },

  'a parameter comes back as it was put': {
    service: 'ssm',
    async run({ here: { ssm }, name, foreign }) {
      const first = await put(ssm, `/${name}`, foreign, { DataType: 'aws:ec2:image' });
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/${name}` }));
      return [first.Version, Parameter?.Value === foreign, Parameter?.DataType, Parameter?.Type];
    },
    aws: [1, true, 'aws:ec2:image', 'String'],
  },
  'a parameter of an image that does not exist keeps its value, without a word': {
    service: 'ssm',
    async run({ here: { ssm }, name, foreign }) {
      await put(ssm, `/${name}`, foreign, { DataType: 'aws:ec2:image' });
      await put(ssm, `/${name}`, ABSENT, { DataType: 'aws:ec2:image' });
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/${name}` }));
      return Parameter?.Value === foreign;
    },
    aws: true,
    moto: 'it checks no AMI id',
  },
  'a parameter is made once without Overwrite': {
    service: 'ssm',
    async run({ here: { ssm }, name }) {
      await put(ssm, `/${name}`, 'a', { Overwrite: false });
      return errorOf(put(ssm, `/${name}`, 'b', { Overwrite: false }));
    },
    aws: 'ParameterAlreadyExists',
  },
  'a history has every version, oldest first, each with its own description': {
    service: 'ssm',
    async run({ here: { ssm }, name }) {
      for (const value of ['a', 'b', 'c']) {
        await put(ssm, `/${name}`, value, { Description: `bake ${value}` });
      }
      const found = await history(ssm, `/${name}`);
      return found.map((one) => [one.Version, one.Value, one.Description, one.Labels ?? []]);
    },
    aws: [
      [1, 'a', 'bake a', []],
      [2, 'b', 'bake b', []],
      [3, 'c', 'bake c', []],
    ],
  },
  'a history of more than a page comes whole': {
    service: 'ssm',
    async run({ here: { ssm }, name }) {
      for (let at = 1; at <= 60; at++) await put(ssm, `/${name}`, String(at));
      return (await history(ssm, `/${name}`)).map((one) => Number(one.Value)).at(-1);
    },
    aws: 60,
  },
  'of a hundred versions the oldest goes': {
    service: 'ssm',
    async run({ here: { ssm }, name }) {
      for (let at = 1; at <= 101; at++) await put(ssm, `/${name}`, String(at));
      const found = await history(ssm, `/${name}`);
      return [found.length, found[0]?.Value, found.at(-1)?.Version];
    },
    aws: [100, '2', 101],
  },
  'a label on the oldest of a hundred versions stops the next': {
    service: 'ssm',
    async run({ here: { ssm }, name: bare }) {
      const name = `/${bare}`;
      for (let at = 1; at <= 100; at++) await put(ssm, name, String(at));
      const label = { Name: name, ParameterVersion: 1, Labels: ['pinned'] };
      await ssm.send(new LabelParameterVersionCommand(label));
      const stopped = await errorOf(put(ssm, name, '101'));
      await ssm.send(new UnlabelParameterVersionCommand(label));
      return [stopped, (await put(ssm, name, '101')).Version];
    },
    aws: ['ParameterMaxVersionLimitExceeded', 101],
  },
  'a label stands on one version, and names it': {
    service: 'ssm',
    async run({ here: { ssm }, name: bare }) {
      const name = `/${bare}`;
      for (const value of ['a', 'b']) await put(ssm, name, value);
      const label = (ParameterVersion: number, Labels: string[]) =>
        ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion, Labels }));
      await label(1, ['good']);
      const first = await ssm.send(new GetParameterCommand({ Name: `${name}:good` }));
      await label(2, ['good']);
      const bad = await label(2, ['1st']);
      const labels = (await history(ssm, name)).map((one) => one.Labels ?? []);
      return [first.Parameter?.Value, labels, bad.InvalidLabels];
    },
    aws: ['a', [[], ['good']], ['1st']],
  },
  'a version is had by its number': {
    service: 'ssm',
    async run({ here: { ssm }, name }) {
      for (const value of ['a', 'b']) await put(ssm, `/${name}`, value);
      return (await ssm.send(new GetParameterCommand({ Name: `/${name}:1` }))).Parameter?.Value;
    },
    aws: 'a',
  },
  'a parameter that does not exist is an error alone, and listed among others': {
    service: 'ssm',
    async run({ here: { ssm }, name }) {
      const many = await ssm.send(new GetParametersCommand({ Names: [`/${name}`] }));
      return [
        await errorOf(ssm.send(new GetParameterCommand({ Name: `/${name}` }))),
        many.InvalidParameters?.length,
        await errorOf(ssm.send(new GetParameterHistoryCommand({ Name: `/${name}` }))),
        await errorOf(ssm.send(new DeleteParameterCommand({ Name: `/${name}` }))),
      ];
    },
    aws: ['ParameterNotFound', 1, 'ParameterNotFound', 'ParameterNotFound'],
  },
  'parameters below a path come in pages of ten, deeper ones only when asked for': {
    service: 'ssm',
    async run({ here: { ssm }, name }) {
      for (let at = 0; at < 11; at++) await put(ssm, `/${name}/${at}`, 'x');
      await put(ssm, `/${name}/deep/er`, 'x');
      const flat = await ssm.send(new GetParametersByPathCommand({ Path: `/${name}` }));
      const rest = await ssm.send(
        new GetParametersByPathCommand({ Path: `/${name}`, NextToken: flat.NextToken }),
      );
      const deep = await ssm.send(new GetParametersByPathCommand({ Path: `/${name}/deep`, Recursive: true }));
      return [flat.Parameters?.length, rest.Parameters?.length, deep.Parameters?.length];
    },
    aws: [10, 1, 1],
  },
  'names of AWS and of SSM are refused': {
    service: 'ssm',
    run: async ({ here: { ssm }, name }) => [
      await errorOf(put(ssm, `/aws/${name}`, 'x')),
      await errorOf(put(ssm, `ssm-${name}`, 'x')),
      await errorOf(put(ssm, `${name}/x`, 'x')),
    ],
    aws: ['AccessDeniedException', 'ValidationException', 'ValidationException'],
    moto: 'it takes a name with a slash in it but not before it',
  },
  'a value of more than 4 KB is refused': {
    service: 'ssm',
    run: ({ here: { ssm }, name }) => errorOf(put(ssm, `/${name}`, 'x'.repeat(4097))),
    aws: 'ValidationException',
    moto: 'it does not look at the size',
  },
  'a parameter is in its Region only': {
    service: 'ssm',
    async run({ here, there, name }) {
      await put(here.ssm, `/${name}`, 'x');
      return errorOf(there.ssm.send(new GetParameterCommand({ Name: `/${name}` })));
    },
    aws: 'ParameterNotFound',
  },

  'a caller is somebody in an account': {
    service: 'sts',
    async run({ here: { sts } }) {
      const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
      return [/^\d{12}$/.test(Account), Arn.startsWith(`arn:aws:`), Arn.includes(`::${Account}:`)];
    },
    aws: [true, true, true],
  },
  'a role of the account is taken on for an hour': {
    service: 'sts',
    async run({ here: { sts } }) {
      const { Account } = await sts.send(new GetCallerIdentityCommand({}));
      const RoleArn = `arn:aws:iam::${Account}:role/bakery-publish`;
      const answer = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'bake' }));
      const left = (answer.Credentials?.Expiration?.getTime() ?? 0) - Date.now();
      return [
        answer.AssumedRoleUser?.Arn === `arn:aws:sts::${Account}:assumed-role/bakery-publish/bake`,
        Math.round(left / 60_000),
        answer.Credentials?.SessionToken !== undefined,
      ];
    },
    aws: [true, 60, true],
  },
};
