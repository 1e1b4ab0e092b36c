/** Tests that a refusal of the sandbox is not taken for one of AWS. */
import { DescribeImagesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { GetComponentCommand } from '@aws-sdk/client-imagebuilder';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { openAccount } from './account.ts';

test('every protocol says that the sandbox refused', async () => {
  const { ec2, imagebuilder, kms, s3, ssm, sts } = await openAccount();
  const refusals = [
    ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-00000000000000000'] })),
    ec2.send(new DescribeImagesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] })),
    ec2.send(new DescribeSubnetsCommand({ SubnetIds: ['subnet-00000000'] })),
    imagebuilder.send(
      new GetComponentCommand({
        componentBuildVersionArn: 'arn:aws:imagebuilder:us-east-1:111122223333:component/none/1.0.0/1',
      }),
    ),
    kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' })),
    s3.send(new ListObjectsV2Command({ Bucket: 'none-of-these' })),
    ssm.send(new GetParameterCommand({ Name: '/none' })),
    sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/x', RoleSessionName: 's1' })),
  ];
  for (const refusal of await Promise.allSettled(refusals)) {
    expect(refusal).toMatchObject({ status: 'rejected' });
    expect(String((refusal as PromiseRejectedResult).reason)).toContain(
      "bake's sandbox refused this, not AWS",
    );
  }
});
