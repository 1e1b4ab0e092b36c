/** The keys of encrypted snapshots, through SDK clients. */
import {
  CopyImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { seedIds } from '../../../src/sandbox/seed.ts';
import { openAccount } from '../account.ts';

const base = seedIds.base();

/** The key of each snapshot of an image. */
async function keysOf(ec2: EC2Client, id = ''): Promise<(string | undefined)[]> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [id] }));
  const SnapshotIds = Images?.[0]?.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.SnapshotId ?? '');
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds }));
  return (Snapshots ?? []).map(({ KmsKeyId }) => KmsKeyId);
}

test.each([
  ['an alias', 'alias/bakery', (arn: string) => arn],
  ['an id', undefined, (arn: string) => arn.split('/').at(-1)],
  ['an ARN', undefined, (arn: string) => arn],
  ['the ARN of an alias', 'arn:aws:kms:us-east-1:111122223333:alias/bakery', (arn: string) => arn],
])('has snapshots with the ARN of a key that the request named by %s', async (_, given, nameOf) => {
  const { ec2, kms } = await openAccount();
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/bakery' }));
  const arn = KeyMetadata?.Arn ?? '';
  const copy = await ec2.send(
    new CopyImageCommand({
      Name: 'encrypted',
      SourceImageId: base,
      SourceRegion: 'us-east-1',
      Encrypted: true,
      KmsKeyId: given ?? nameOf(arn),
    }),
  );
  expect(await keysOf(ec2, copy.ImageId)).toEqual([arn]);
});

test('has snapshots with the ARN of the default key of EBS', async () => {
  const { ec2, kms } = await openAccount();
  const copy = await ec2.send(
    new CopyImageCommand({
      Name: 'default',
      SourceImageId: base,
      SourceRegion: 'us-east-1',
      Encrypted: true,
    }),
  );
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' }));
  expect(await keysOf(ec2, copy.ImageId)).toEqual([KeyMetadata?.Arn]);
});
