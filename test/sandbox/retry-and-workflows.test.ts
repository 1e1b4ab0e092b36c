/** RetryImage and customer-managed workflows of Image Builder, over the wire. */
import {
  CancelImageCreationCommand,
  CreateComponentCommand,
  CreateImageCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  CreateWorkflowCommand,
  GetImageCommand,
  ListWorkflowExecutionsCommand,
  RetryImageCommand,
  type Image,
} from '@aws-sdk/client-imagebuilder';
import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seedIds } from '../../src/sandbox/seed.ts';
import { errorName, openAccount, type Clients } from './account.ts';
import { bash, document } from './documents.ts';

async function start({ imagebuilder }: Clients, more: object = {}): Promise<string> {
  const { componentBuildVersionArn: componentArn } = await imagebuilder.send(
    new CreateComponentCommand({
      name: 'comp',
      semanticVersion: '1.0.0',
      platform: 'Linux',
      data: document({ build: [bash('b', 'true')] }),
    }),
  );
  const { imageRecipeArn } = await imagebuilder.send(
    new CreateImageRecipeCommand({
      name: 'retried',
      semanticVersion: '1.0.0',
      parentImage: seedIds.base(),
      components: [{ componentArn }],
    }),
  );
  const { infrastructureConfigurationArn } = await imagebuilder.send(
    new CreateInfrastructureConfigurationCommand({ name: 'infra', instanceProfileName: 'profile' }),
  );
  const { imageBuildVersionArn = '' } = await imagebuilder.send(
    new CreateImageCommand({ imageRecipeArn, infrastructureConfigurationArn, ...more }),
  );
  return imageBuildVersionArn;
}

async function ended({ imagebuilder }: Clients, imageBuildVersionArn: string): Promise<Image> {
  for (;;) {
    const { image } = await imagebuilder.send(new GetImageCommand({ imageBuildVersionArn }));
    if (image && ['AVAILABLE', 'FAILED', 'CANCELLED'].includes(image.state?.status ?? '')) return image;
    await sleep(20);
  }
}

test('a failed test phase is retried with the same build, AMI and log', async () => {
  const account = await openAccount({ faults: { failTests: 1 } });
  const { imagebuilder } = account;
  const imageBuildVersionArn = await start(account);
  expect((await ended(account, imageBuildVersionArn)).state).toMatchObject({
    status: 'FAILED',
    reason: expect.stringContaining('SSM Agent verification failed'),
  });
  const retry = (clientToken: string) =>
    imagebuilder.send(new RetryImageCommand({ imageBuildVersionArn, clientToken }));
  expect((await retry('once')).imageBuildVersionArn).toBe(imageBuildVersionArn);
  expect((await retry('once')).imageBuildVersionArn).toBe(imageBuildVersionArn);
  const image = await ended(account, imageBuildVersionArn);
  expect(image.state).toEqual({ status: 'AVAILABLE' });
  expect(image.outputResources?.amis).toHaveLength(1);
  const { workflowExecutions } = await imagebuilder.send(
    new ListWorkflowExecutionsCommand({ imageBuildVersionArn }),
  );
  expect(workflowExecutions?.map(({ type, status }) => `${type} ${status}`).sort()).toEqual([
    'BUILD COMPLETED',
    'DISTRIBUTION COMPLETED',
    'TEST COMPLETED',
    'TEST FAILED',
  ]);
  const { events = [] } = await account.logs.send(
    new GetLogEventsCommand({
      logGroupName: '/aws/imagebuilder/retried',
      logStreamName: '1.0.0/1',
      startFromHead: true,
    }),
  );
  const lines = events.map(({ message = '' }) => message);
  expect(lines.filter((line) => /build started|retried$/.test(line))).toHaveLength(2);
  // An available image cannot be retried.
  expect(await errorName(retry('again'))).toBe('InvalidRequestException');
});

test('a failed build phase cannot be retried, and a finished build cannot be cancelled', async () => {
  const account = await openAccount({ faults: { failBuilds: true } });
  const imageBuildVersionArn = await start(account);
  await ended(account, imageBuildVersionArn);
  const { imagebuilder } = account;
  expect(await errorName(imagebuilder.send(new RetryImageCommand({ imageBuildVersionArn })))).toBe(
    'InvalidRequestException',
  );
  expect(await errorName(imagebuilder.send(new CancelImageCreationCommand({ imageBuildVersionArn })))).toBe(
    'InvalidRequestException',
  );
});

const own = `schemaVersion: 1.0
name: ours
parameters:
  - { name: pause, type: boolean, default: false }
steps:
  - { name: Launch, action: LaunchInstance, onFailure: Abort, inputs: { waitFor: ssmAgent } }
  - { name: Apply, action: ExecuteComponents, onFailure: Abort, inputs: { instanceId.$: $.stepOutputs.Launch.instanceId } }
  - { name: Image, action: CreateImage, onFailure: Abort, inputs: { instanceId.$: $.stepOutputs.Launch.instanceId } }
outputs:
  - { name: ImageId, value: $.stepOutputs.Image.imageId }
`;

function workflow({ imagebuilder }: Clients, data: string, more: object = {}) {
  return imagebuilder.send(
    new CreateWorkflowCommand({ name: 'Our Build', semanticVersion: '1.0.0', type: 'BUILD', data, ...more }),
  );
}

test('a workflow that changes gets a new build version', async () => {
  const account = await openAccount();
  const { workflowBuildVersionArn = '' } = await workflow(account, own);
  expect(workflowBuildVersionArn).toBe(
    'arn:aws:imagebuilder:us-east-1:111122223333:workflow/build/our-build/1.0.0/1',
  );
  expect(await errorName(workflow(account, own))).toBe('ResourceAlreadyExistsException');
  expect(await errorName(workflow(account, `${own}# new\n`, { dryRun: true }))).toBe(
    'DryRunOperationException',
  );
  const second = await workflow(account, `${own}# new\n`);
  expect(second.workflowBuildVersionArn).toMatch(/1\.0\.0\/2$/);
});

test('a build without a test workflow runs no tests, and fails if its build workflow makes no image', async () => {
  const account = await openAccount();
  const { workflowBuildVersionArn: workflowArn } = await workflow(account, own);
  const arn = await start(account, { workflows: [{ workflowArn }], executionRole: 'role' });
  const image = await ended(account, arn);
  expect(image).toMatchObject({ state: { status: 'AVAILABLE' }, executionRole: 'role' });
  const { workflowExecutions } = await account.imagebuilder.send(
    new ListWorkflowExecutionsCommand({ imageBuildVersionArn: arn }),
  );
  expect(workflowExecutions?.map(({ type }) => type).sort()).toEqual(['BUILD', 'DISTRIBUTION']);

  const provesNothing = await workflow(account, own.replace(/^.*CreateImage.*$\n/m, ''), {
    name: 'provesNothing',
  });
  const wish = {
    imageRecipeArn: image.imageRecipe?.arn,
    infrastructureConfigurationArn: image.infrastructureConfiguration?.arn,
    workflows: [{ workflowArn: provesNothing.workflowBuildVersionArn }],
    executionRole: 'role',
  };
  const second = await account.imagebuilder.send(new CreateImageCommand(wish));
  expect((await ended(account, second.imageBuildVersionArn ?? '')).state?.reason).toContain(
    'ended without an image',
  );
});

test.each([
  ['invalid YAML', 'steps: ['],
  ['an unknown schema version', own.replace('1.0', '2.0')],
  ['an unknown key', `${own}extra: 1\n`],
  ['no steps', 'schemaVersion: 1.0\nsteps: []\n'],
  ['two steps with the same name', own.replace('name: Apply', 'name: Launch')],
  ['a condition, which the sandbox does not support', own.replace('onFailure: Abort', 'if: { x: 1 }')],
  ['an unsupported action', own.replace('ExecuteComponents', 'ExecuteStateMachine')],
  ['an unknown failure mode', own.replace('onFailure: Abort', 'onFailure: Ignore')],
  ['a parameter of an unknown type', own.replace('boolean', 'float')],
])('a workflow with %s is refused', async (_, data) => {
  const account = await openAccount();
  expect(await errorName(workflow(account, data))).toBe('InvalidParameterValueException');
});
