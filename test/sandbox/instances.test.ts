/** EC2 instances and their resources in the API. No machine runs here; test/job/instances.test.ts starts machines. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateImageCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  ModifySnapshotAttributeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type EC2Client,
  type Instance,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { networkIds } from '../../src/sandbox/ec2/network/built-in.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import { errorName, openAccount } from './account.ts';

const base = seedIds.base();

async function launch(ec2: EC2Client, more: Partial<RunInstancesCommandInput> = {}): Promise<Instance> {
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId: base, InstanceType: 'c5.xlarge', MinCount: 1, MaxCount: 1, ...more }),
  );
  return Instances?.[0] as Instance;
}

async function look(ec2: EC2Client, id: string | undefined): Promise<Instance> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id ?? ''] }));
  return Reservations?.[0]?.Instances?.[0] as Instance;
}

async function volumesOf(ec2: EC2Client, id: string | undefined) {
  const Filters = [{ Name: 'attachment.instance-id', Values: [id ?? ''] }];
  return (await ec2.send(new DescribeVolumesCommand({ Filters }))).Volumes ?? [];
}

describe('an instance', () => {
  test('is pending in the response to RunInstances, then runs, stops and terminates', async () => {
    const { ec2 } = await openAccount();
    const launched = await launch(ec2);
    const InstanceIds = [launched.InstanceId ?? ''];
    expect(launched.State?.Name).toBe('pending');
    expect((await look(ec2, launched.InstanceId)).State?.Name).toBe('running');
    const { StoppingInstances } = await ec2.send(new StopInstancesCommand({ InstanceIds }));
    expect(StoppingInstances?.[0]).toMatchObject({
      CurrentState: { Name: 'stopping' },
      PreviousState: { Name: 'running' },
    });
    expect(await look(ec2, launched.InstanceId)).toMatchObject({
      State: { Name: 'stopped', Code: 80 },
      StateReason: { Code: 'Client.UserInitiatedShutdown' },
    });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    const ended = await look(ec2, launched.InstanceId);
    expect(ended.State?.Name).toBe('terminated');
    expect(ended.PrivateIpAddress).toBeUndefined();
    expect(await volumesOf(ec2, launched.InstanceId)).toEqual([]);
  });

  test('is launched once per client token, and keeps volumes without DeleteOnTermination', async () => {
    const { ec2 } = await openAccount();
    const wish = {
      ClientToken: 'once',
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/xvda',
          Ebs: { VolumeType: 'gp3' as const, VolumeSize: 60, DeleteOnTermination: false },
        },
      ],
      TagSpecifications: [{ ResourceType: 'volume' as const, Tags: [{ Key: 'who', Value: 'me' }] }],
    };
    const first = await launch(ec2, wish);
    expect((await launch(ec2, wish)).InstanceId).toBe(first.InstanceId);
    expect(await errorName(launch(ec2, { ...wish, MaxCount: 2 }))).toBe('IdempotentParameterMismatch');
    const [volume] = await volumesOf(ec2, first.InstanceId);
    expect(volume).toMatchObject({
      Size: 60,
      VolumeType: 'gp3',
      Iops: 3000,
      Encrypted: true,
      Tags: [{ Key: 'who', Value: 'me' }],
    });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [first.InstanceId ?? ''] }));
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: [volume?.VolumeId ?? ''] }));
    expect(Volumes?.[0]?.State).toBe('available');
  });

  test('has the metadata options of its request, else those of its image', async () => {
    const { ec2 } = await openAccount();
    const strict = { HttpTokens: 'required', HttpPutResponseHopLimit: 1 } as const;
    expect((await launch(ec2, { MetadataOptions: strict })).MetadataOptions).toMatchObject(strict);
    expect((await launch(ec2)).MetadataOptions?.HttpTokens).toBe('optional');
  });

  test('is refused if its parts do not match', async () => {
    const { ec2 } = await openAccount();
    expect(await errorName(launch(ec2, { ImageId: 'ami-00000000000000000' }))).toBe('InvalidAMIID.NotFound');
    expect(await errorName(launch(ec2, { InstanceType: 'c7g.xlarge' }))).toBe('InvalidParameterValue');
    expect(await errorName(launch(ec2, { KeyName: 'none' }))).toBe('InvalidKeyPair.NotFound');
    expect(await errorName(launch(ec2, { SubnetId: 'subnet-00000000000000000' }))).toBe(
      'InvalidSubnetID.NotFound',
    );
    expect(await errorName(launch(ec2, { SecurityGroupIds: [networkIds.builderGroup] }))).toBe(
      'InvalidParameter',
    );
    expect(await errorName(launch(ec2, { MaxCount: 99 }))).toBe('InstanceLimitExceeded');
    const inside = { SubnetId: networkIds.privateSubnets[0], SecurityGroupIds: [networkIds.builderGroup] };
    expect((await launch(ec2, inside)).VpcId).toBe(networkIds.privateVpc);
  });

  test('is tagged, found by its tags, and offered in every zone', async () => {
    const { ec2 } = await openAccount();
    const { InstanceId = '' } = await launch(ec2);
    await ec2.send(
      new CreateTagsCommand({ Resources: [InstanceId], Tags: [{ Key: 'bakery:run', Value: 'r1' }] }),
    );
    const Filters = [{ Name: 'tag:bakery:run', Values: ['r1'] }];
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters }));
    expect(Reservations?.[0]?.Instances?.[0]?.InstanceId).toBe(InstanceId);
    const { InstanceTypeOfferings } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: ['c5.xlarge'] }],
      }),
    );
    expect(InstanceTypeOfferings).toHaveLength(3);
  });
});

describe('an image of an instance', () => {
  test('has a tagged snapshot for each volume, which is deleted with it', async () => {
    const { ec2 } = await openAccount();
    const { InstanceId = '' } = await launch(ec2);
    await ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    const wish = {
      InstanceId,
      Name: 'mine',
      TagSpecifications: (['image', 'snapshot'] as const).map((ResourceType) => ({
        ResourceType,
        Tags: [{ Key: 'is', Value: ResourceType }],
      })),
    };
    const { ImageId = '' } = await ec2.send(new CreateImageCommand(wish));
    expect(await errorName(ec2.send(new CreateImageCommand(wish)))).toBe('InvalidAMIName.Duplicate');
    await expect
      .poll(
        async () => (await ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images?.[0]?.State,
      )
      .toBe('available');
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
    expect(Images?.[0]).toMatchObject({ SourceImageId: base, Tags: [{ Key: 'is', Value: 'image' }] });
    const SnapshotIds = [Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? ''];
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds }));
    const [volume] = await volumesOf(ec2, InstanceId);
    expect(Snapshots?.[0]).toMatchObject({
      VolumeId: volume?.VolumeId,
      Tags: [{ Key: 'is', Value: 'snapshot' }],
    });
    const share = {
      SnapshotId: SnapshotIds[0],
      CreateVolumePermission: { Add: [{ UserId: '444455556666' }] },
    };
    expect(await errorName(ec2.send(new ModifySnapshotAttributeCommand(share)))).toBe(
      'OperationNotPermitted',
    );
    const gone = await ec2.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
    expect(gone.DeleteSnapshotResults?.[0]?.ReturnCode).toBe('success');
    expect(await errorName(ec2.send(new DescribeSnapshotsCommand({ SnapshotIds })))).toBe(
      'InvalidSnapshot.NotFound',
    );
  });
});

describe('a key pair', () => {
  test.each(['rsa', 'ed25519'] as const)(
    'of type %s is made once, with its public half in the form of authorized_keys',
    async (KeyType) => {
      const { ec2 } = await openAccount();
      const made = await ec2.send(new CreateKeyPairCommand({ KeyName: 'k', KeyType }));
      expect(made.KeyMaterial).toMatch(
        KeyType === 'rsa' ? /^-----BEGIN RSA PRIVATE KEY-----/ : /^-----BEGIN OPENSSH/,
      );
      expect(await errorName(ec2.send(new CreateKeyPairCommand({ KeyName: 'k' })))).toBe(
        'InvalidKeyPair.Duplicate',
      );
      const seen = await ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['k'], IncludePublicKey: true }));
      const line = seen.KeyPairs?.[0]?.PublicKey ?? '';
      expect(line).toMatch(new RegExp(`^ssh-${KeyType} \\S+ k$`));
      if (KeyType === 'rsa') {
        const { n } = createPublicKey(createPrivateKey(made.KeyMaterial ?? '')).export({ format: 'jwk' });
        expect(
          Buffer.from(line.split(' ')[1] ?? '', 'base64').includes(Buffer.from(n ?? '', 'base64url')),
        ).toBe(true);
      }
      await ec2.send(new DeleteKeyPairCommand({ KeyName: 'k' }));
      await ec2.send(new DeleteKeyPairCommand({ KeyName: 'k' }));
      expect(await errorName(ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['k'] })))).toBe(
        'InvalidKeyPair.NotFound',
      );
    },
  );
});

describe('a security group', () => {
  test('has one rule per peer, and cannot be deleted while it is in use', async () => {
    const { ec2 } = await openAccount();
    const { GroupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }),
    );
    const twice = ec2.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }));
    expect(await errorName(twice)).toBe('InvalidGroup.Duplicate');
    const rules = (...cidrs: string[]) => ({
      GroupId,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: cidrs.map((CidrIp) => ({ CidrIp })) },
      ],
    });
    const both = ['10.0.0.0/8', '192.168.0.0/16'];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(rules(...both)));
    const again = ec2.send(new AuthorizeSecurityGroupIngressCommand(rules(both[0] ?? '')));
    expect(await errorName(again)).toBe('InvalidPermission.Duplicate');
    const bad = ec2.send(new AuthorizeSecurityGroupIngressCommand(rules('10.0.0.0')));
    expect(await errorName(bad)).toBe('InvalidParameterValue');
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    expect(SecurityGroups?.[0]?.IpPermissions).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: both.map((CidrIp) => ({ CidrIp })) },
    ]);
    const { InstanceId = '' } = await launch(ec2, { SecurityGroupIds: [GroupId] });
    const drop = (): Promise<unknown> => ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    expect(await errorName(drop())).toBe('DependencyViolation');
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    await look(ec2, InstanceId);
    await drop();
    expect(await errorName(drop())).toBe('InvalidGroup.NotFound');
  });
});
