/** EC2 images through SDK clients. */
import {
  CopyImageCommand,
  CopySnapshotCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeRegionsCommand,
  DescribeSnapshotsCommand,
  DisableImageCommand,
  DisableImageDeprecationCommand,
  DisableImageDeregistrationProtectionCommand,
  EnableImageCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  waitUntilImageAvailable,
  type DescribeImagesCommandInput,
  type EC2Client,
  type Image,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { seedIds } from '../../src/sandbox/seed.ts';
import { clientsFor, errorName, openAccount } from './account.ts';

const clock = new Date('2026-11-21T12:00:00Z');
const base = seedIds.base();

function official(name: string): { Owners: string[]; Filters: { Name: string; Values: string[] }[] } {
  return { Owners: ['amazon'], Filters: [{ Name: 'name', Values: [name] }] };
}

async function find(ec2: EC2Client, input: DescribeImagesCommandInput): Promise<Image[]> {
  return (await ec2.send(new DescribeImagesCommand(input))).Images ?? [];
}

describe('official images', () => {
  test('are found by owner and name, as ParallelCluster looks them up', async () => {
    const { ec2 } = await openAccount({ clock });
    const [image, ...others] = await find(ec2, official('aws-parallelcluster-3.15.1-amzn2-hvm-x86_64*'));
    expect(others).toEqual([]);
    expect(image).toMatchObject({
      Architecture: 'x86_64',
      ImageOwnerAlias: 'amazon',
      OwnerId: '247102896272',
      Public: true,
      State: 'available',
      RootDeviceName: '/dev/xvda',
      RootDeviceType: 'ebs',
    });
    expect(image?.Name).toMatch(
      /^aws-parallelcluster-3\.15\.1-amzn2-hvm-x86_64-\d{12} 2026-05-28T\d\d-\d\d-\d\d\.\d{3}Z$/,
    );
    expect(image?.ImageId).toMatch(/^ami-[0-9a-f]{17}$/);
    expect(image?.Description).toContain('AWS ParallelCluster AMI for alinux2');
    expect(image?.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize).toBe(45);
    expect(image?.Tags).toBeUndefined();
  });

  test('have a stable id in each Region', async () => {
    const { sandbox } = await openAccount();
    const ids = await Promise.all(
      ['us-east-1', 'eu-west-1', 'us-east-1'].map(async (region) => {
        const [image] = await find(
          clientsFor(sandbox.endpoint, region).ec2,
          official('aws-parallelcluster-3.16.3-ubuntu-2204*arm64*'),
        );
        return image?.ImageId;
      }),
    );
    expect(ids[0]).toBe(ids[2]);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('are hidden without IncludeDeprecated if they are deprecated', async () => {
    const { ec2 } = await openAccount({ clock });
    const old = official('aws-parallelcluster-3.6.0-centos7-hvm-x86_64*');
    expect(await find(ec2, old)).toHaveLength(0);
    const [image] = await find(ec2, { ...old, IncludeDeprecated: true });
    expect(Date.parse(image?.DeprecationTime ?? '')).toBeLessThan(clock.getTime());
    expect(await find(ec2, { ImageIds: [image?.ImageId ?? ''] })).toHaveLength(1);
  });

  test('exist twice for the same release', async () => {
    const { ec2 } = await openAccount();
    const images = await find(ec2, {
      ...official('aws-parallelcluster-3.11.1-rhel9-hvm-x86_64*'),
      IncludeDeprecated: true,
    });
    expect(images).toHaveLength(2);
    expect(new Set(images.map((image) => image.CreationDate)).size).toBe(2);
  });

  test('do not exist for rocky9, for unsupported Regions, or for other owners', async () => {
    const { ec2, sandbox } = await openAccount();
    expect(await find(ec2, { ...official('aws-parallelcluster-*rocky*'), IncludeDeprecated: true })).toEqual(
      [],
    );
    const late = clientsFor(sandbox.endpoint, 'ap-southeast-7').ec2;
    expect(
      await find(late, { ...official('aws-parallelcluster-3.12.0-*'), IncludeDeprecated: true }),
    ).toEqual([]);
    expect(
      await find(ec2, { Owners: ['self'], Filters: [{ Name: 'name', Values: ['aws-parallelcluster-*'] }] }),
    ).toEqual([]);
  });

  test('belong to other accounts and cannot be deregistered', async () => {
    const { ec2 } = await openAccount();
    const [image] = await find(ec2, official('aws-parallelcluster-3.16.3-amzn2023-hvm-x86_64*'));
    expect(await errorName(ec2.send(new DeregisterImageCommand({ ImageId: image?.ImageId })))).toBe(
      'AuthFailure',
    );
  });
});

describe('DescribeImages', () => {
  test('returns each image on exactly one page', async () => {
    const { ec2 } = await openAccount();
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await ec2.send(
        new DescribeImagesCommand({
          Owners: ['amazon'],
          IncludeDeprecated: true,
          MaxResults: 100,
          ...(token ? { NextToken: token } : {}),
        }),
      );
      seen.push(...(page.Images ?? []).map((image) => image.ImageId ?? ''));
      token = page.NextToken;
    } while (token !== undefined);
    expect(seen.length).toBeGreaterThan(300);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test.each([
    ['name with *', [{ Name: 'name', Values: ['bakery-alinux2-x86_64-*'] }], 1],
    ['name with ?', [{ Name: 'name', Values: ['parallelcluster-base-rocky?'] }], 1],
    ['name is case-sensitive', [{ Name: 'name', Values: ['PARALLELCLUSTER-BASE-ROCKY9'] }], 0],
    ['an escaped star', [{ Name: 'name', Values: ['parallelcluster-base-\\*'] }], 0],
    ['a tag with a colon in its key', [{ Name: 'tag:parallelcluster:os', Values: ['ubuntu2204'] }], 2],
    ['tag-key', [{ Name: 'tag-key', Values: ['bakery:fingerprint'] }], 5],
    [
      'two filters, both must match',
      [
        { Name: 'tag:parallelcluster:os', Values: ['ubuntu2204'] },
        { Name: 'architecture', Values: ['arm64'] },
      ],
      1,
    ],
    [
      'two values, one must match',
      [{ Name: 'tag:parallelcluster:os', Values: ['alinux2', 'alinux2023'] }],
      2,
    ],
    ['state', [{ Name: 'state', Values: ['pending'] }], 0],
    ['owner-id', [{ Name: 'owner-id', Values: ['111122223333'] }], 6],
  ])('filters by %s', async (_, Filters, count) => {
    const { ec2 } = await openAccount();
    expect(await find(ec2, { Owners: ['self'], Filters })).toHaveLength(count);
  });

  // EC2 API reference, DescribeImages, Filters.
  test.each(
    `architecture block-device-mapping.delete-on-termination block-device-mapping.device-name block-device-mapping.snapshot-id block-device-mapping.volume-size block-device-mapping.volume-type block-device-mapping.encrypted creation-date description ena-support free-tier-eligible hypervisor image-allowed image-id image-type is-public kernel-id manifest-location name owner-alias owner-id platform
    product-code product-code.type ramdisk-id root-device-name root-device-type source-image-id source-image-region source-instance-id state state-reason-code state-reason-message sriov-net-support tag:a
    tag-key virtualization-type`.split(/\s+/),
  )('knows the filter %s', async (Name) => {
    const { ec2 } = await openAccount();
    expect(await find(ec2, { Filters: [{ Name, Values: ['no image has this'] }] })).toEqual([]);
  });

  test('refuses invalid requests with the codes of EC2', async () => {
    const { ec2 } = await openAccount();
    expect(await errorName(find(ec2, { ImageIds: ['ami-00000000000000000'] }))).toBe('InvalidAMIID.NotFound');
    expect(await errorName(find(ec2, { ImageIds: ['ami-xyz'] }))).toBe('InvalidAMIID.Malformed');
    expect(await errorName(find(ec2, { Filters: [{ Name: 'colour', Values: ['red'] }] }))).toBe(
      'InvalidParameterValue',
    );
    expect(await errorName(find(ec2, { NextToken: 'nonsense', MaxResults: 5 }))).toBe(
      'InvalidParameterValue',
    );
    expect(await errorName(ec2.send(new DescribeLaunchTemplatesCommand({})))).toBe('UnsupportedOperation');
    expect(
      await errorName(
        ec2.send(new CopySnapshotCommand({ SourceRegion: 'us-east-1', SourceSnapshotId: 'snap-1' })),
      ),
    ).toBe('InvalidAction');
  });
});

describe('CopyImage', () => {
  test('makes one image per client token, first pending, then available', async () => {
    const { ec2, sandbox } = await openAccount();
    const far = clientsFor(sandbox.endpoint, 'eu-west-1').ec2;
    const wish = {
      SourceImageId: base,
      SourceRegion: 'us-east-1',
      Name: 'copy',
      Description: 'd',
      ClientToken: 'once',
    };
    const tags = {
      TagSpecifications: [{ ResourceType: 'image' as const, Tags: [{ Key: 'a', Value: 'b' }] }],
    };
    const first = await far.send(new CopyImageCommand({ ...wish, ...tags }));
    const again = await far.send(new CopyImageCommand({ ...wish, ...tags }));
    expect(again.ImageId).toBe(first.ImageId);
    const ids = [first.ImageId ?? ''];
    expect((await find(far, { ImageIds: ids }))[0]?.State).toBe('pending');
    await waitUntilImageAvailable(
      { client: far, maxWaitTime: 5, minDelay: 0.1, maxDelay: 0.2 },
      { ImageIds: ids },
    );
    const [copy] = await find(far, { ImageIds: ids });
    expect(copy).toMatchObject({
      Name: 'copy',
      Public: false,
      SourceImageId: base,
      SourceImageRegion: 'us-east-1',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(await find(far, { Owners: ['self'] })).toHaveLength(1);
    expect(await errorName(far.send(new CopyImageCommand({ ...wish, Name: 'other' })))).toBe(
      'IdempotentParameterMismatch',
    );
    expect(
      await errorName(
        ec2.send(new CopyImageCommand({ ...wish, SourceRegion: 'xx-east-1', ClientToken: 'x' })),
      ),
    ).toBe('InvalidParameterValue');
  });

  test('copies tags only on request', async () => {
    const { ec2 } = await openAccount();
    const wish = { SourceImageId: base, SourceRegion: 'us-east-1' };
    const plain = await ec2.send(new CopyImageCommand({ ...wish, Name: 'without' }));
    const tagged = await ec2.send(new CopyImageCommand({ ...wish, Name: 'with-tags', CopyImageTags: true }));
    expect((await find(ec2, { ImageIds: [plain.ImageId ?? ''] }))[0]?.Tags).toBeUndefined();
    const [image] = await find(ec2, { ImageIds: [tagged.ImageId ?? ''] });
    expect(image?.Tags).toContainEqual({ Key: 'parallelcluster:os', Value: 'rocky9' });
  });

  test('refuses a duplicate or malformed name', async () => {
    const { ec2 } = await openAccount();
    const wish = { SourceImageId: base, SourceRegion: 'us-east-1' };
    const copy = (Name: string): Promise<unknown> => ec2.send(new CopyImageCommand({ ...wish, Name }));
    expect(await errorName(copy('parallelcluster-base-rocky9'))).toBe('InvalidAMIName.Duplicate');
    expect(await errorName(copy('no{braces}'))).toBe('InvalidAMIName.Malformed');
    // The length rule of the model comes first.
    expect(await errorName(copy('x'))).toMatch(/^InvalidAMIName|^InvalidParameterValue/);
  });
});

describe('an image of the account', () => {
  test('can be tagged, and loses tags by key or by key and value', async () => {
    const { ec2 } = await openAccount();
    const Resources = [base];
    await ec2.send(
      new CreateTagsCommand({
        Resources,
        Tags: [
          { Key: 'x', Value: '1' },
          { Key: 'y', Value: '<&">' },
        ],
      }),
    );
    const tagsOf = async (): Promise<unknown> => {
      const [image] = await find(ec2, { ImageIds: Resources });
      return image?.Tags?.filter(({ Key = '' }) => ['x', 'y'].includes(Key));
    };
    expect(await tagsOf()).toEqual([
      { Key: 'x', Value: '1' },
      { Key: 'y', Value: '<&">' },
    ]);
    await ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: 'x', Value: 'other' }, { Key: 'y' }] }));
    expect(await tagsOf()).toEqual([{ Key: 'x', Value: '1' }]);
    const tag = (Key: string): Promise<unknown> =>
      ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key, Value: '' }] }));
    expect(await errorName(tag('aws:x'))).toBe('InvalidParameterValue');
    expect(await errorName(tag('k'.repeat(129)))).toBe('InvalidParameterValue');
    const many = Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    expect(await errorName(ec2.send(new CreateTagsCommand({ Resources, Tags: many })))).toBe(
      'TagLimitExceeded',
    );
    expect(
      await errorName(
        ec2.send(new CreateTagsCommand({ Resources: ['what'], Tags: [{ Key: 'a', Value: 'b' }] })),
      ),
    ).toBe('InvalidID');
  });

  test('is shared and unshared', async () => {
    const { ec2 } = await openAccount();
    const ours = await ec2.send(
      new CopyImageCommand({
        Name: 'shareable',
        SourceImageId: base,
        SourceRegion: 'us-east-1',
        Encrypted: true,
        KmsKeyId: 'alias/bakery',
      }),
    );
    const ImageId = ours.ImageId ?? '';
    const modify = (LaunchPermission: object): Promise<unknown> =>
      ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }));
    const permissions = async (): Promise<unknown> =>
      (await ec2.send(new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' })))
        .LaunchPermissions;
    await modify({ Add: [{ UserId: '444455556666' }, { Group: 'all' }] });
    expect(await permissions()).toEqual([{ UserId: '444455556666' }, { Group: 'all' }]);
    expect((await find(ec2, { ImageIds: [ImageId] }))[0]?.Public).toBe(true);
    await modify({ Remove: [{ Group: 'all' }] });
    expect(await permissions()).toEqual([{ UserId: '444455556666' }]);
    // Packer's plug-in names each permission in both forms; EC2 keeps one.
    const both = {
      ImageId,
      LaunchPermission: { Add: [{ UserId: '555566667777' }] },
      UserIds: ['555566667777'],
    };
    await ec2.send(new ModifyImageAttributeCommand({ ...both, OperationType: 'add' }));
    expect(await permissions()).toEqual([{ UserId: '444455556666' }, { UserId: '555566667777' }]);
    expect(await errorName(modify({ Add: [{ UserId: '12' }] }))).toBe('InvalidAMIAttributeItemValue');
  });

  test('is deprecated, protected, disabled, and finally deregistered with its snapshot', async () => {
    const { ec2 } = await openAccount();
    const id = { ImageId: base };
    const at = new Date(Date.now() + 86_400_000);
    await ec2.send(new EnableImageDeprecationCommand({ ...id, DeprecateAt: at }));
    expect((await find(ec2, { ImageIds: [base] }))[0]?.DeprecationTime?.slice(0, 13)).toBe(
      at.toISOString().slice(0, 13),
    );
    await ec2.send(new DisableImageDeprecationCommand(id));
    expect(
      await errorName(ec2.send(new EnableImageDeprecationCommand({ ...id, DeprecateAt: new Date(0) }))),
    ).toBe('InvalidParameterValue');
    await ec2.send(new EnableImageDeregistrationProtectionCommand(id));
    expect(await errorName(ec2.send(new DeregisterImageCommand(id)))).toBe('OperationNotPermitted');
    await ec2.send(new DisableImageDeregistrationProtectionCommand(id));
    await ec2.send(new DisableImageCommand(id));
    expect(await find(ec2, { Owners: ['self'], Filters: [{ Name: 'image-id', Values: [base] }] })).toEqual(
      [],
    );
    await ec2.send(new EnableImageCommand(id));
    const [image] = await find(ec2, { ImageIds: [base] });
    const snapshot = image?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    expect(await errorName(ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshot })))).toBe(
      'InvalidSnapshot.InUse',
    );
    expect(await errorName(ec2.send(new DeregisterImageCommand({ ...id, DryRun: true })))).toBe(
      'DryRunOperation',
    );
    const gone = await ec2.send(new DeregisterImageCommand({ ...id, DeleteAssociatedSnapshots: true }));
    expect(gone).toMatchObject({
      Return: true,
      DeleteSnapshotResults: [{ SnapshotId: snapshot, ReturnCode: 'success' }],
    });
    expect(await errorName(ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshot] })))).toBe(
      'InvalidSnapshot.NotFound',
    );
    expect(await errorName(find(ec2, { ImageIds: [base] }))).toBe('InvalidAMIID.NotFound');
  });
});

test('DescribeRegions lists the Regions of the partition and refuses an unknown Region', async () => {
  const { ec2 } = await openAccount();
  const { Regions } = await ec2.send(new DescribeRegionsCommand({}));
  expect(Regions?.map((region) => region.RegionName)).toContain('eu-central-1');
  expect(Regions?.map((region) => region.RegionName)).not.toContain('cn-north-1');
  expect(await errorName(ec2.send(new DescribeRegionsCommand({ RegionNames: ['mars-1'] })))).toBe(
    'InvalidParameterValue',
  );
});
