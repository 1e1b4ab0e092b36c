/** Calls the SDK as bake does and prints the answers. sdk.test.ts bundles and runs it. */
import { DescribeImagesCommand, EC2Client, paginateDescribeImages } from '@aws-sdk/client-ec2';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateImageCommand, GetImageCommand, ImagebuilderClient } from '@aws-sdk/client-imagebuilder';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const options = {
  region: 'us-east-1',
  endpoint: process.argv[2] as string,
  credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  maxAttempts: 1,
};
const [ec2, ssm, sts] = [new EC2Client(options), new SSMClient(options), new STSClient(options)];
const [imagebuilder, logs] = [new ImagebuilderClient(options), new CloudWatchLogsClient(options)];
const arn = 'arn:aws:imagebuilder:us-east-1:123456789012:image/x/1.0.0/1';

const images = {
  Owners: ['amazon'],
  Filters: [{ Name: 'name', Values: ['aws-parallelcluster-* <&>'] }],
  IncludeDeprecated: true,
};

async function pages(): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const page of paginateDescribeImages({ client: ec2 }, images)) found.push(page.Images);
  return found;
}

const calls: Record<string, () => Promise<unknown>> = {
  describeImages: () => ec2.send(new DescribeImagesCommand(images)),
  pages,
  getParameters: () => ssm.send(new GetParametersCommand({ Names: ['/a', '/b'] })),
  putParameter: () =>
    ssm.send(new PutParameterCommand({ Name: '/bad', Value: 'ami-1', DataType: 'aws:ec2:image' })),
  getImage: () => imagebuilder.send(new GetImageCommand({ imageBuildVersionArn: arn })),
  createImage: () =>
    imagebuilder.send(
      new CreateImageCommand({
        infrastructureConfigurationArn: 'bad',
        clientToken: 't',
        tags: { 'a b': 'ü' },
      }),
    ),
  identity: () => sts.send(new GetCallerIdentityCommand({})),
  logEvents: () =>
    logs.send(new GetLogEventsCommand({ logGroupName: 'g', logStreamName: 's', startFromHead: true })),
};

async function main(): Promise<void> {
  const results: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    try {
      results[name] = await call();
    } catch (error) {
      const { name: kind, message, $fault, $metadata, ...rest } = error as Error & Record<string, unknown>;
      results[name] = { kind, message, $fault, $metadata, rest };
    }
  }
  process.stdout.write(JSON.stringify(results));
}

void main();
