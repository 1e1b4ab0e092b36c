/** Tests image pipelines of the sandbox over HTTP: their rules, and their schedules with the clock of the account. */
import {
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImagePipelineCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  DeleteDistributionConfigurationCommand,
  DeleteImagePipelineCommand,
  DeleteImageRecipeCommand,
  GetImageCommand,
  GetImagePipelineCommand,
  ListImagePipelineImagesCommand,
  ListImagePipelinesCommand,
  StartImagePipelineExecutionCommand,
  UpdateImagePipelineCommand,
  type ImageSummary,
} from '@aws-sdk/client-imagebuilder';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { probeIsolation } from '../../src/engines/rehearsal/rehearse.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import { control, errorName, openAccount, type Clients } from '../sandbox/account.ts';
import { bash, document } from '../sandbox/documents.ts';

const { isolation } = await probeIsolation();
const PARENT = '/bakery/parent';
const CHANNEL = '/hpc/ami/candidate/rocky9/x86_64/3.16.3';
const ROLE = 'bakery-imagebuilder';
const other = seedIds.baked({ os: 'rocky9', arch: 'x86_64', version: '3.16.3' });

type Account = Awaited<ReturnType<typeof openAccount>>;

function setParent({ ssm }: Clients, id: string): Promise<unknown> {
  const value = {
    Name: PARENT,
    Value: id,
    Type: 'String',
    DataType: 'aws:ec2:image',
    Overwrite: true,
  } as const;
  return ssm.send(new PutParameterCommand(value));
}

function component({ imagebuilder }: Clients, version: string, script: string): Promise<unknown> {
  return imagebuilder.send(
    new CreateComponentCommand({
      name: 'steps',
      semanticVersion: version,
      platform: 'Linux',
      data: document({ build: [bash('step', script)] }),
    }),
  );
}

/** Makes a pipeline with a parent by parameter and a component by wildcard. */
async function pipeline(account: Account, more: object = {}, script = 'true'): Promise<string> {
  const { imagebuilder } = account;
  await setParent(account, seedIds.base());
  await component(account, '1.0.0', script);
  const { imageRecipeArn } = await imagebuilder.send(
    new CreateImageRecipeCommand({
      name: 'month',
      semanticVersion: '1.0.0',
      parentImage: `ssm:${PARENT}`,
      components: [{ componentArn: 'arn:aws:imagebuilder:us-east-1:111122223333:component/steps/x.x.x' }],
    }),
  );
  const { infrastructureConfigurationArn } = await imagebuilder.send(
    new CreateInfrastructureConfigurationCommand({ name: 'month', instanceProfileName: 'profile' }),
  );
  const { distributionConfigurationArn } = await imagebuilder.send(
    new CreateDistributionConfigurationCommand({
      name: 'month',
      distributions: [
        {
          region: 'us-east-1',
          amiDistributionConfiguration: { name: 'month {{ imagebuilder:buildDate }}' },
          ssmParameterConfigurations: [{ parameterName: CHANNEL, dataType: 'aws:ec2:image' }],
        },
      ],
    }),
  );
  const { imagePipelineArn = '' } = await imagebuilder.send(
    new CreateImagePipelineCommand({
      name: 'month',
      imageRecipeArn,
      infrastructureConfigurationArn,
      distributionConfigurationArn,
      executionRole: ROLE,
      schedule: { scheduleExpression: 'cron(0 3 ? * TUE#1 *)' },
      ...more,
    }),
  );
  return imagePipelineArn;
}

async function images({ imagebuilder }: Clients, imagePipelineArn: string): Promise<ImageSummary[]> {
  const answer = await imagebuilder.send(new ListImagePipelineImagesCommand({ imagePipelineArn }));
  return answer.imageSummaryList ?? [];
}

/** The builds of the pipeline after all have ended. A due schedule starts within a second. */
async function settled(account: Account, arn: string, atLeast: number): Promise<ImageSummary[]> {
  for (const end = Date.now() + 10_000; ; await sleep(50)) {
    const found = await images(account, arn);
    const done = found.every(({ state }) => ['AVAILABLE', 'FAILED'].includes(state?.status ?? ''));
    if ((found.length >= atLeast && done) || Date.now() > end) return found;
  }
}

async function parameter({ ssm }: Clients): Promise<string | undefined> {
  try {
    return (await ssm.send(new GetParameterCommand({ Name: CHANNEL }))).Parameter?.Value;
  } catch {
    return undefined;
  }
}

function day(account: Account, now: string): Promise<unknown> {
  return control(account.sandbox, 'clock', { now });
}

test('a schedule runs at its time, runs again only for a new parent or component, and publishes', async () => {
  const account = await openAccount({ clock: new Date('2026-11-21T10:00:00Z') });
  const arn = await pipeline(account);
  const { imagePipeline } = await account.imagebuilder.send(
    new GetImagePipelineCommand({ imagePipelineArn: arn }),
  );
  expect(imagePipeline).toMatchObject({ status: 'ENABLED', dateNextRun: '2026-12-01T03:00:00.000Z' });

  await day(account, '2026-12-01T03:00:10Z');
  const [first, ...rest] = await settled(account, arn, 1);
  expect(rest).toEqual([]);
  expect(first).toMatchObject({ state: { status: 'AVAILABLE' }, buildType: 'SCHEDULED' });
  expect(await parameter(account)).toBe(first?.outputResources?.amis?.[0]?.image);

  // A month in which nothing changed.
  await day(account, '2027-01-05T03:00:10Z');
  await sleep(1500);
  expect(await images(account, arn)).toHaveLength(1);

  await setParent(account, other);
  await sleep(1200);
  expect(await images(account, arn)).toHaveLength(1);
  await day(account, '2027-02-02T03:00:10Z');
  const second = await settled(account, arn, 2);
  expect(second).toHaveLength(2);
  expect(await parameter(account)).toBe(second[0]?.outputResources?.amis?.[0]?.image);

  await component(account, '1.0.1', 'echo new');
  await day(account, '2027-03-02T03:00:10Z');
  expect(await settled(account, arn, 3)).toHaveLength(3);
});

test('EXPRESSION_MATCH_ONLY always runs, also after the account was closed in the meantime', async () => {
  const schedule = {
    scheduleExpression: 'rate(7 days)',
    pipelineExecutionStartCondition: 'EXPRESSION_MATCH_ONLY',
  };
  const account = await openAccount({ clock: new Date('2026-11-21T10:00:00Z') });
  const arn = await pipeline(account, { schedule });
  await day(account, '2026-11-28T10:00:10Z');
  expect(await settled(account, arn, 1)).toHaveLength(1);
  await account.sandbox.close();
  const later = await openAccount({ state: account.state, clock: new Date('2026-12-06T10:00:00Z') });
  expect(await settled({ ...later }, arn, 2)).toHaveLength(2);
});

test('a pipeline that fails as often as its policy allows is disabled; an update resets the count', async () => {
  const account = await openAccount({
    clock: new Date('2026-11-21T10:00:00Z'),
    faults: { failBuilds: true },
  });
  const schedule = {
    scheduleExpression: 'rate(1 day)',
    pipelineExecutionStartCondition: 'EXPRESSION_MATCH_ONLY',
    autoDisablePolicy: { failureCount: 2 },
  } as const;
  const arn = await pipeline(account, { schedule });
  const { imagebuilder } = account;
  const get = async () =>
    (await imagebuilder.send(new GetImagePipelineCommand({ imagePipelineArn: arn }))).imagePipeline;
  await day(account, '2026-11-22T10:00:10Z');
  await settled(account, arn, 1);
  await day(account, '2026-11-23T10:00:20Z');
  await settled(account, arn, 2);
  const disabled = await get();
  expect(disabled).toMatchObject({ status: 'DISABLED', consecutiveFailures: 2, lastRunStatus: 'FAILED' });
  expect(disabled?.dateNextRun).toBeUndefined();
  const { imageRecipeArn, infrastructureConfigurationArn } = disabled ?? {};
  await imagebuilder.send(
    new UpdateImagePipelineCommand({
      imagePipelineArn: arn,
      imageRecipeArn,
      infrastructureConfigurationArn,
      schedule,
    }),
  );
  const updated = await get();
  expect(updated).toMatchObject({ status: 'ENABLED', consecutiveFailures: 0 });
  // An update replaces everything: fields that it leaves out are cleared.
  expect(updated?.distributionConfigurationArn).toBeUndefined();
  expect(updated?.executionRole).toBeUndefined();
});

test('a manual start needs nothing new, but allows one build at a time', async () => {
  const account = await openAccount({ rehearse: 'on' });
  const arn = await pipeline(account, { imageTags: { from: 'pipeline' } }, 'sleep 1');
  const { imagebuilder } = account;
  const start = (clientToken: string) =>
    imagebuilder.send(new StartImagePipelineExecutionCommand({ imagePipelineArn: arn, clientToken }));
  const [{ imageBuildVersionArn }, again, second] = await Promise.all([
    start('one'),
    start('one'),
    errorName(start('two')),
  ]);
  expect(again.imageBuildVersionArn).toBe(imageBuildVersionArn);
  // If scripts cannot run here, the first build ends before the second request.
  expect(second).toBe(isolation === 'none' ? 'none' : 'ResourceInUseException');
  await settled(account, arn, 1);
  const { image } = await imagebuilder.send(new GetImageCommand({ imageBuildVersionArn }));
  expect(image).toMatchObject({
    tags: { from: 'pipeline' },
    sourcePipelineArn: arn,
    sourcePipelineName: 'month',
    buildType: 'USER_INITIATED',
  });
  await start('three');
  expect(await settled(account, arn, 2)).toHaveLength(2);
});

test('pipelines can be listed and deleted, and their resources cannot be deleted before them', async () => {
  const account = await openAccount();
  const arn = await pipeline(account);
  const { imagebuilder } = account;
  const filters = [{ name: 'name', values: ['month'] }];
  const { imagePipelineList } = await imagebuilder.send(new ListImagePipelinesCommand({ filters }));
  const [listed] = imagePipelineList ?? [];
  expect(listed?.arn).toBe(arn);
  const { distributionConfigurationArn, imageRecipeArn } = listed ?? {};
  const remove = () =>
    errorName(
      imagebuilder.send(new DeleteDistributionConfigurationCommand({ distributionConfigurationArn })),
    );
  expect(await remove()).toBe('ResourceDependencyException');
  expect(await errorName(imagebuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn })))).toBe(
    'ResourceDependencyException',
  );
  await imagebuilder.send(new DeleteImagePipelineCommand({ imagePipelineArn: arn }));
  expect(await remove()).toBe('none');
  expect(await errorName(imagebuilder.send(new GetImagePipelineCommand({ imagePipelineArn: arn })))).toBe(
    'ResourceNotFoundException',
  );
});

test.each([
  ['a name that is taken', {}, 'ResourceAlreadyExistsException'],
  ['an expression of five fields', { schedule: { scheduleExpression: 'cron(0 3 1 * ?)' } }, 'InvalidParameterValueException'],
  ['a time zone that does not exist', { schedule: { scheduleExpression: 'rate(1 day)', timezone: 'Mars/Base' } }, 'InvalidParameterValueException'],
  ['a recipe that does not exist', { imageRecipeArn: 'arn:aws:imagebuilder:us-east-1:111122223333:image-recipe/no/1.0.0' }, 'ResourceNotFoundException'],
  ['no recipe at all', { imageRecipeArn: undefined }, 'InvalidParameterCombinationException'],
  ['workflows without a role', { executionRole: undefined, workflows: [{ workflowArn: 'arn:aws:imagebuilder:us-east-1:aws:workflow/build/build-image/x.x.x' }] }, 'InvalidParameterCombinationException'],
  ['eleven failures before it is disabled', { schedule: { scheduleExpression: 'rate(1 day)', autoDisablePolicy: { failureCount: 11 } } }, 'InvalidParameterValueException'],
] as [string, object, string][])('a pipeline is refused with %s', async (_, more, error) => {
  const account = await openAccount();
  const arn = await pipeline(account);
  const { imagePipeline } = await account.imagebuilder.send(
    new GetImagePipelineCommand({ imagePipelineArn: arn }),
  );
  const { imageRecipeArn, infrastructureConfigurationArn } = imagePipeline ?? {};
  const name = error === 'ResourceAlreadyExistsException' ? 'Month' : 'second';
  const wish = { name, imageRecipeArn, infrastructureConfigurationArn, executionRole: ROLE, ...more };
  expect(await errorName(account.imagebuilder.send(new CreateImagePipelineCommand(wish)))).toBe(error);
}); // prettier-ignore
