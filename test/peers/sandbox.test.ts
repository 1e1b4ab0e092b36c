/** Tests the sandbox with the AWS CLI and boto3, which know only its address. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { probeIsolation } from '../../src/engines/rehearsal/rehearse.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import { openAccount } from '../sandbox/account.ts';
import { aws, clientEnvironment, clientsMissing, python } from './clients.ts';

const run = promisify(execFile);
const missing = clientsMissing();
const { isolation } = await probeIsolation();

async function cli(endpoint: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await run(aws, [...args, '--output', 'json'], { env: clientEnvironment(endpoint) });
  return stdout.trim() === '' ? {} : JSON.parse(stdout);
}

/** Runs Python with boto3; the script prints one JSON document. */
async function boto(endpoint: string, script: string): Promise<unknown> {
  const { stdout } = await run(python, ['-c', `import boto3, json, time\n${script}`], {
    env: clientEnvironment(endpoint),
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}

const LOOKUP = 'aws-parallelcluster-3.15.1-amzn2-hvm-x86_64*';

describe.skipIf(missing !== undefined)(
  `the AWS CLI and boto3${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('find the official image by owner and name', async () => {
      const { sandbox } = await openAccount();
      const filters = `Name=name,Values=${LOOKUP}`;
      const listed = await cli(
        sandbox.endpoint,
        'ec2',
        'describe-images',
        '--owners',
        'amazon',
        '--filters',
        filters,
        '--include-deprecated',
      );
      const seen = await boto(
        sandbox.endpoint,
        `images = boto3.client('ec2').describe_images(Owners=['amazon'], IncludeDeprecated=True, Filters=[{'Name': 'name', 'Values': ['${LOOKUP}']}])['Images']
print(json.dumps([[image['ImageId'], image['Name'], image['OwnerId'], image['State']] for image in images]))`,
      );
      const { Images: images } = listed as { Images: Record<string, string>[] };
      expect(images).toHaveLength(1);
      const [image] = images;
      expect(seen).toEqual([[image?.['ImageId'], image?.['Name'], '247102896272', 'available']]);
    });

    test('create and read parameters of type aws:ec2:image; a bad AMI id is accepted and the old value stays', async () => {
      const { sandbox } = await openAccount();
      const put = (value: string): Promise<unknown> =>
        cli(
          sandbox.endpoint,
          'ssm',
          'put-parameter',
          '--name',
          '/peer/ami',
          '--type',
          'String',
          '--data-type',
          'aws:ec2:image',
          '--overwrite',
          '--value',
          value,
        );
      expect(await put(seedIds.base())).toMatchObject({ Version: 1, Tier: 'Standard' });
      expect(await put('ami-00000000000000000')).toMatchObject({ Version: 2 });
      const got = await boto(
        sandbox.endpoint,
        `ssm = boto3.client('ssm')
errors = []
try:
    ssm.put_parameter(Name='/peer/ami', Value='x', Type='String')
except ssm.exceptions.ParameterAlreadyExists as error:
    errors.append(type(error).__name__)
try:
    ssm.get_parameter(Name='/peer/none')
except ssm.exceptions.ParameterNotFound as error:
    errors.append(type(error).__name__)
one = ssm.get_parameter(Name='/peer/ami')['Parameter']
pages = ssm.get_paginator('get_parameters_by_path').paginate(Path='/hpc', Recursive=True)
print(json.dumps([one['Value'], one['DataType'], one['Version'], errors, sum(len(page['Parameters']) for page in pages)]))`,
      );
      expect(got).toEqual([
        seedIds.base(),
        'aws:ec2:image',
        1,
        ['ParameterAlreadyExists', 'ParameterNotFound'],
        5,
      ]);
    });

    test('copy an image to another Region and wait for it', async () => {
      const { sandbox } = await openAccount();
      const state = await boto(
        sandbox.endpoint,
        `ec2 = boto3.client('ec2', region_name='eu-west-1')
made = ec2.copy_image(Name='copied', SourceImageId='${seedIds.base()}', SourceRegion='us-east-1', CopyImageTags=True, ClientToken='t')['ImageId']
ec2.get_waiter('image_available').wait(ImageIds=[made], WaiterConfig={'Delay': 1})
ec2.create_tags(Resources=[made], Tags=[{'Key': 'a', 'Value': 'b'}])
image = ec2.describe_images(ImageIds=[made])['Images'][0]
print(json.dumps([image['State'], sorted(tag['Key'] for tag in image['Tags'])[:2]]))`,
      );
      expect(state).toEqual(['available', ['a', 'parallelcluster:build_status']]);
    });

    test('run a whole Image Builder build with an ExecuteBash component', async () => {
      const { sandbox } = await openAccount({ rehearse: 'on' });
      const result = (await boto(
        sandbox.endpoint,
        `ib = boto3.client('imagebuilder')
data = '''
name: peer
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: hello
        action: ExecuteBash
        inputs:
          commands:
            - echo "hello from $(id -un)"
            - echo built > /etc/peer
  - name: validate
    steps:
      - name: look
        action: ExecuteBash
        inputs: { commands: ["grep built /etc/peer"] }
'''
component = ib.create_component(name='peer', semanticVersion='1.0.0', platform='Linux', data=data)['componentBuildVersionArn']
recipe = ib.create_image_recipe(name='peer', semanticVersion='1.0.0', parentImage='${seedIds.base()}', components=[{'componentArn': component}])['imageRecipeArn']
infra = ib.create_infrastructure_configuration(name='peer', instanceProfileName='peer')['infrastructureConfigurationArn']
dist = ib.create_distribution_configuration(name='peer', distributions=[{'region': 'us-east-1', 'amiDistributionConfiguration': {'name': 'peer {{ imagebuilder:buildDate }}', 'amiTags': {'from': 'boto3'}}}])['distributionConfigurationArn']
arn = ib.create_image(imageRecipeArn=recipe, infrastructureConfigurationArn=infra, distributionConfigurationArn=dist)['imageBuildVersionArn']
while True:
    image = ib.get_image(imageBuildVersionArn=arn)['image']
    if image['state']['status'] in ('AVAILABLE', 'FAILED', 'CANCELLED'):
        break
    time.sleep(0.1)
logs = boto3.client('logs').get_log_events(logGroupName='/aws/imagebuilder/peer', logStreamName='1.0.0/1', startFromHead=True)['events']
print(json.dumps({'status': image['state'], 'amis': image.get('outputResources', {}).get('amis'), 'lines': [event['message'] for event in logs]}))`,
      )) as { status: { status: string }; amis: { image: string }[]; lines: string[] };
      expect(result.status.status).toBe('AVAILABLE');
      // On a machine that cannot isolate scripts, the log says that none ran.
      expect(result.lines).toContainEqual(
        expect.stringMatching(isolation === 'none' ? /not rehearsed/i : /^hello from root$/),
      );
      const listed = await cli(
        sandbox.endpoint,
        'ec2',
        'describe-images',
        '--image-ids',
        result.amis[0]?.image ?? '',
      );
      expect(listed).toMatchObject({
        Images: [{ State: 'available', Tags: expect.arrayContaining([{ Key: 'from', Value: 'boto3' }]) }],
      });
    });

    test('get the context of a failed build', async () => {
      const { sandbox } = await openAccount({ faults: { failBuilds: true } });
      const state = await boto(
        sandbox.endpoint,
        `ib = boto3.client('imagebuilder')
recipe = ib.create_image_recipe(name='peer', semanticVersion='1.0.0', parentImage='${seedIds.base()}')['imageRecipeArn']
infra = ib.create_infrastructure_configuration(name='peer', instanceProfileName='peer')['infrastructureConfigurationArn']
arn = ib.create_image(imageRecipeArn=recipe, infrastructureConfigurationArn=infra)['imageBuildVersionArn']
while (state := ib.get_image(imageBuildVersionArn=arn)['image']['state'])['status'] not in ('FAILED', 'AVAILABLE'):
    time.sleep(0.1)
print(json.dumps(state))`,
      );
      expect(state).toMatchObject({
        status: 'FAILED',
        failureContext: { imageStatus: 'BUILDING', failedStep: 'LaunchBuildInstance' },
      });
    });

    test('get the answers that they expect from EC2 and STS', async () => {
      const { sandbox } = await openAccount();
      expect(await cli(sandbox.endpoint, 'sts', 'get-caller-identity')).toMatchObject({
        Account: '111122223333',
      });
      const error: unknown = await cli(
        sandbox.endpoint,
        'ec2',
        'describe-images',
        '--image-ids',
        'ami-00000000000000000',
      ).catch((thrown: unknown) => thrown);
      expect(String(error)).toContain('(InvalidAMIID.NotFound) when calling the DescribeImages operation');
      const unknown: unknown = await cli(sandbox.endpoint, 'ec2', 'describe-launch-templates').catch(
        (thrown: unknown) => thrown,
      );
      expect(String(unknown)).toContain('(UnsupportedOperation)');
    });
  },
);
