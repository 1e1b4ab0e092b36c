/** Tests the Image Builder engine against the sandbox: staging, retries, reported failures, and no leftovers. */
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateWorkflowCommand,
  GetInfrastructureConfigurationCommand,
  ListComponentsCommand,
  DeleteComponentCommand,
  DeleteImageCommand,
  DeleteImageRecipeCommand,
  ListImageBuildVersionsCommand,
  ListImageRecipesCommand,
  ListInfrastructureConfigurationsCommand,
  ListWorkflowExecutionsCommand,
} from '@aws-sdk/client-imagebuilder';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { findAmis, type Ami } from '../../src/aws/images.ts';
import { imagebuilder } from '../../src/engines/imagebuilder/index.ts';
import type { ImageBuilderBuild as Build } from '../../src/engines/imagebuilder/section.ts';
import { probeIsolation } from '../../src/engines/rehearsal/rehearse.ts';
import { BakeError } from '../../src/errors/bake-error.ts';
import { verdictOf } from '../../src/image/verdict.ts';
import { renderComponents } from '../../src/engines/imagebuilder/components.ts';
import { loadModel, operationOf, shapeOf, type Model } from '../../src/sandbox/wire/model.ts';
import { validate } from '../../src/sandbox/wire/validate.ts';
import { afterTest, control } from '../sandbox/account.ts';
import {
  anyone,
  BUCKET,
  makeBuild,
  openBench,
  row,
  step,
  type Bench,
} from '../engines/imagebuilder/bench.ts';

const canRun = (await probeIsolation()).isolation !== 'none';

async function bakeIt(bench: Bench, build: Build): Promise<void> {
  await imagebuilder.bake(build, await bench.context(build));
}

async function failureOf(bench: Bench, build: Build): Promise<BakeError> {
  const thrown = await bakeIt(bench, build).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(BakeError);
  return thrown as BakeError;
}

async function makeTopic({ sandbox }: Bench): Promise<string> {
  const sns = new SNSClient({ endpoint: sandbox.endpoint, region: 'us-east-1', credentials: anyone });
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'bakery' }));
  sns.destroy();
  return TopicArn;
}

/** Every image in the account that Image Builder made. */
function amis({ aws }: Bench): Promise<Ami[]> {
  return findAmis(aws, 'us-east-1', { owners: ['self'], filters: { 'tag-key': ['Ec2ImageBuilderArn'] } });
}

async function calls(bench: Bench): Promise<Record<string, number>> {
  return (await control(bench.sandbox, 'calls')) as Record<string, number>;
}

const small = { steps: [step('one')], rows: [row('green')] };
/** Steps of three sizes: inline, in S3 as a component, and in S3 as a script. */
const large = {
  steps: [
    step('small'),
    step('middle', 'echo middle', 20_000),
    step('huge', 'echo huge > /root/huge', 200_000),
  ],
  rows: [row('there', 'test "$(cat /root/huge)" = huge'), row('long', 'true', 90_000)],
};

describe('content that is too large for an inline component', () => {
  test('goes through S3: a component of up to 64 KB as a whole, a larger script fetched by the instance', async () => {
    const bench = await openBench({ rehearse: canRun ? 'on' : 'off' });
    const build = makeBuild(large);
    await bakeIt(bench, build);
    const [image] = await amis(bench);
    const context = await bench.context(build);
    const said = await imagebuilder.said(image as Ami, bench.aws);
    const verdict = verdictOf(build.steps, build.rows, said.reports);
    expect(verdict.problems).toEqual([]);
    if (canRun) expect(verdict).toMatchObject({ passed: 2, skipped: 0 });
    const staged = await context.store.list('staged/');
    const names = new Set(
      staged.map((key) =>
        key
          .split('/')
          .at(-1)
          ?.replace(/-[0-9a-f]{12}\./, '.'),
      ),
    );
    expect(names).toEqual(new Set(['bakery-build.yaml', 'huge.sh', 'long.sh']));
    // A second bake of the same content uploads and makes nothing new.
    const { componentVersionList } = await bench.imagebuilder.send(new ListComponentsCommand({}));
    await imagebuilder.bake(build, { ...context, run: 'run2' });
    expect((await bench.imagebuilder.send(new ListComponentsCommand({}))).componentVersionList).toEqual(
      componentVersionList,
    );
  });

  test.each(canRun ? (['on', 'off'] as const) : (['off'] as const))(
    'fails the image when S3 returns other bytes than those rendered (rehearse %s)',
    async (rehearse) => {
      const bench = await openBench({ rehearse });
      const build = makeBuild({ steps: [step('huge', 'true', 100_000)], rows: [row('green')] });
      const [staged] = renderComponents(build.steps, build.rows, {
        label: build.label,
        prefix: build.prefix,
        staging: build.settings.staging,
      }).staged;
      const s3 = new S3Client({
        endpoint: bench.sandbox.endpoint,
        region: 'us-east-1',
        credentials: anyone,
        forcePathStyle: true,
      });
      const Body = build.steps[0]?.script.replace('true', 'echo evil') ?? '';
      await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `store/${staged?.key}`, Body }));
      s3.destroy();
      if (rehearse === 'on') {
        const failure = await failureOf(bench, build);
        expect(failure.message).toContain('the script of huge from S3 is not the rendered script');
        expect(await amis(bench)).toEqual([]);
        return;
      }
      await bakeIt(bench, build);
      const [image] = await amis(bench);
      const said = await imagebuilder.said(image as Ami, bench.aws);
      expect(verdictOf(build.steps, build.rows, said.reports).problems).toHaveLength(1);
    },
  );

  test('is refused, with its name, when no S3 store is set', () => {
    const { steps, rows } = large;
    expect(() => renderComponents(steps, rows, { label: 'x', prefix: 'bakery' })).toThrow(
      /step middle has 2\d{4} characters/,
    );
    const many = Array.from({ length: 40 }, (_, i) => step(`s${i}`, 'true', 12_000));
    expect(() => renderComponents(many, [], { label: 'x', prefix: 'bakery' })).toThrow(/40 components/);
    const { components } = renderComponents(many, [], { label: 'x', prefix: 'bakery', staging: 's3://b/p' });
    expect(components.length).toBeLessThan(12);
    expect(components.every(({ document }) => document.length <= 65_536)).toBe(true);
  });
});

describe('a phase that fails because of its environment', () => {
  test('is retried once, with the image that exists', async () => {
    const bench = await openBench({ faults: { failTests: 1 } });
    await bakeIt(bench, makeBuild(small));
    expect(await calls(bench)).toMatchObject({ 'imagebuilder:RetryImage': 1, 'imagebuilder:CreateImage': 1 });
    expect(await amis(bench)).toHaveLength(1);
    expect(bench.events).toContainEqual({
      type: 'warning',
      text: expect.stringContaining('trying the test phase again'),
    });
  });

  test('ends with the message of Image Builder when it fails again, and leaves no image', async () => {
    const bench = await openBench({ faults: { failTests: 2 } });
    const failure = await failureOf(bench, makeBuild(small));
    expect(failure.code).toBe('BAKE_FAILED');
    expect(failure.message).toContain('LaunchTestInstance');
    expect(failure.message).toContain('SSM Agent verification failed');
    expect(await calls(bench)).toMatchObject({ 'imagebuilder:RetryImage': 1 });
    expect(await amis(bench)).toEqual([]);
  });

  test('is not retried in the build phase', async () => {
    const bench = await openBench({ faults: { failBuilds: true } });
    const failure = await failureOf(bench, makeBuild(small));
    expect(failure.message).toContain("Image Builder's LaunchBuildInstance");
    expect((await calls(bench))['imagebuilder:RetryImage']).toBeUndefined();
  });
});

describe.skipIf(!canRun)('a build that runs inside the image', () => {
  test('names the step that failed, with its output', async () => {
    const bench = await openBench({ rehearse: 'on' });
    const steps = [step('fine'), step('broken', 'echo "no such mirror"; false')];
    const failure = await failureOf(bench, makeBuild({ steps, rows: [row('green')] }));
    expect(failure.code).toBe('BAKE_FAILED');
    expect(failure.message).toContain('failed in step broken');
    expect(failure.message).toContain('no such mirror');
    expect(await amis(bench)).toEqual([]);
  });

  test('names a script that died before it could report', async () => {
    const bench = await openBench({ rehearse: 'on' });
    const mute = { ...step('mute'), script: 'echo last words; kill -9 $$\n' };
    const failure = await failureOf(bench, makeBuild({ steps: [mute], rows: [] }));
    expect(failure.message).toContain('step mute (build)');
    expect(failure.message).toContain('last words');
  });

  test('fails, is not retried and not distributed, when a row of the test phase fails', async () => {
    const bench = await openBench({ rehearse: 'on' });
    const rows = [row('red', 'false'), row('green')];
    const failure = await failureOf(bench, makeBuild({ steps: [step('one')], rows }));
    expect(failure.code).toBe('VERIFY_FAILED');
    expect(failure.message).toContain('red');
    // All rows reported: the one that failed did not stop the others.
    expect(bench.heard[0]?.reports.filter(({ kind }) => kind === 'row')).toHaveLength(2);
    expect((await calls(bench))['imagebuilder:RetryImage']).toBeUndefined();
    expect(await amis(bench)).toEqual([]);
  });

  test('is cancelled with the run, and its image is removed', async () => {
    const bench = await openBench({ rehearse: 'on' });
    const build = makeBuild({ steps: [step('one')], rows: [row('slow', 'sleep 600')] });
    const baking = bakeIt(bench, build).catch((error: unknown) => error);
    while ((await amis(bench)).length === 0) await sleep(50);
    bench.stop.abort();
    expect(await baking).toMatchObject({ name: 'AbortError' });
    const { imageSummaryList } = await bench.imagebuilder.send(new ListImageBuildVersionsCommand({}));
    expect(imageSummaryList?.map(({ state }) => state?.status)).toEqual(['CANCELLED']);
    expect(await amis(bench)).toEqual([]);
  });
});

test.each([
  ['failed', { failBuilds: true }],
  ['failed in its test phase twice', { failTests: 2 }],
])('a build that %s is not the answer to the same run, resumed', async (_, faults) => {
  const bench = await openBench({ faults });
  const build = makeBuild(small);
  expect((await failureOf(bench, build)).code).toBe('BAKE_FAILED');
  await control(bench.sandbox, 'faults', {});
  await bakeIt(bench, build);
  expect(await amis(bench)).toHaveLength(1);
});

test('objects that were deleted during the run are created again', async () => {
  const bench = await openBench({ faults: { failBuilds: true } });
  const build = makeBuild(small);
  await failureOf(bench, build);
  const { imagebuilder: client } = bench;
  const { imageSummaryList = [] } = await client.send(new ListImageBuildVersionsCommand({}));
  for (const { arn } of imageSummaryList) {
    await client.send(new DeleteImageCommand({ imageBuildVersionArn: arn }));
  }
  const { imageRecipeSummaryList = [] } = await client.send(new ListImageRecipesCommand({}));
  for (const { arn } of imageRecipeSummaryList) {
    await client.send(new DeleteImageRecipeCommand({ imageRecipeArn: arn }));
  }
  const { componentVersionList = [] } = await client.send(new ListComponentsCommand({ owner: 'Self' }));
  const own = componentVersionList.filter(({ owner }) => owner === bench.sandbox.account);
  expect(own.length).toBeGreaterThan(0);
  for (const { arn } of own) {
    await client.send(new DeleteComponentCommand({ componentBuildVersionArn: `${arn}/1` }));
  }
  await control(bench.sandbox, 'faults', {});
  await bakeIt(bench, { ...build, fingerprint: `${build.fingerprint.slice(0, -1)}0` });
  expect(await amis(bench)).toHaveLength(1);
});

test('a bake joins a running build of the same fingerprint instead of starting a second one', async () => {
  const bench = await openBench({ rehearse: canRun ? 'on' : 'off' });
  const build = makeBuild({ steps: [step('one', 'sleep 1')], rows: [] });
  const context = await bench.context(build);
  await Promise.all([
    imagebuilder.bake(build, context),
    sleep(400).then(() => imagebuilder.bake(build, { ...context, run: 'run2' })),
  ]);
  // On a machine that cannot run scripts, the first build ends before the second begins.
  expect(await amis(bench)).toHaveLength(canRun ? 1 : 2);
});

test('workflows of the user replace the default ones', async () => {
  const bench = await openBench();
  const workflow = (type: 'BUILD' | 'TEST', actions: string[]) =>
    bench.imagebuilder.send(
      new CreateWorkflowCommand({
        name: `ours-${type}`,
        semanticVersion: '1.0.0',
        type,
        data: [
          'schemaVersion: 1.0',
          'steps:',
          ...actions.flatMap((action) => [`  - name: Our${action}`, `    action: ${action}`]),
        ].join('\n'),
      }),
    );
  const building = await workflow('BUILD', ['LaunchInstance', 'ExecuteComponents', 'CreateImage']);
  const testing = await workflow('TEST', ['LaunchInstance', 'ExecuteComponents', 'TerminateInstance']);
  const workflows = [building, testing].map(({ workflowBuildVersionArn }) => workflowBuildVersionArn ?? '');
  const build = makeBuild(small, { workflows, executionRole: 'bakery-imagebuilder' });
  await bakeIt(bench, build);
  const [image] = await amis(bench);
  const { workflowExecutions } = await bench.imagebuilder.send(
    new ListWorkflowExecutionsCommand({ imageBuildVersionArn: image?.tags['Ec2ImageBuilderArn'] }),
  );
  const ran = workflowExecutions?.map(({ workflowBuildVersionArn, totalStepCount }) => [
    workflowBuildVersionArn?.split(':workflow/')[1],
    totalStepCount,
  ]);
  expect(ran).toEqual(
    expect.arrayContaining([
      ['build/ours-build/1.0.0/1', 3],
      ['test/ours-test/1.0.0/1', 3],
      ['distribution/distribute-image/1.0.2/1', 1],
    ]),
  );
});

test('builder and test instance carry the tags, IMDSv2 and the topic from launch', async () => {
  const bench = await openBench();
  const topic = await makeTopic(bench);
  await bakeIt(bench, makeBuild(small, { topic }));
  const listed = await bench.imagebuilder.send(new ListInfrastructureConfigurationsCommand({}));
  const { infrastructureConfiguration } = await bench.imagebuilder.send(
    new GetInfrastructureConfigurationCommand({
      infrastructureConfigurationArn: listed.infrastructureConfigurationSummaryList?.[0]?.arn,
    }),
  );
  expect(infrastructureConfiguration).toMatchObject({
    resourceTags: { FirewallPolicy: 'mirrors-only' },
    instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
    terminateInstanceOnFailure: true,
    snsTopicArn: topic,
  });
});

/** Members of a request that the service model does not have; the SDK and the sandbox would ignore them. */
function unknownMembers(model: Model, shapeName: string, value: unknown, at = ''): string[] {
  const shape = shapeOf(model, shapeName);
  if (shape.type === 'structure') {
    return Object.entries(value as object).flatMap(([name, inner]) => {
      const member = shape.members?.[name];
      return member ? unknownMembers(model, member.shape, inner, `${at}.${name}`) : [`${at}.${name}`];
    });
  }
  if (shape.type === 'list' && shape.member) {
    const member = shape.member.shape;
    return (value as unknown[]).flatMap((inner, i) => unknownMembers(model, member, inner, `${at}[${i}]`));
  }
  return [];
}

test('every request of a bake has only members that the service model defines', async () => {
  const model = await loadModel('imagebuilder');
  const seen = new Map<string, object>();
  const bench = await openBench({ faults: { failTests: 1 } }, async (endpoint) => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const operation = (request.url ?? '').split('?')[0]?.slice(1) ?? '';
        if (/imagebuilder\/aws4_request/.test(request.headers.authorization ?? '') && body.length > 0)
          seen.set(operation, JSON.parse(body.toString()) as object);
        const forward = httpRequest(`${endpoint}${request.url}`, {
          method: request.method,
          headers: { ...request.headers, host: new URL(endpoint).host },
          agent: false,
        });
        forward.on('response', (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        });
        forward.on('error', () => response.destroy());
        forward.end(body);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    afterTest(async () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  await bakeIt(bench, makeBuild(large, { topic: await makeTopic(bench) }));
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining([
      'CreateComponent',
      'CreateDistributionConfiguration',
      'CreateImage',
      'CreateImageRecipe',
      'CreateInfrastructureConfiguration',
      'ListImageBuildVersions',
      'RetryImage',
    ]),
  );
  for (const [name, body] of seen) {
    const input = operationOf(model, name)?.input ?? '';
    expect(unknownMembers(model, input, body), name).toEqual([]);
    validate('imagebuilder', model, input, body);
    // bake sets its own tokens, which have another form than those of the SDK.
    if ('clientToken' in body) expect(body.clientToken, name).toMatch(/^[0-9a-f]{64}$/);
  }
});
