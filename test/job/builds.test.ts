/** Tests builds of Image Builder in the sandbox, from CreateImage to the AMI; scripts run only where this machine can isolate them. */
import { DeregisterImageCommand, DescribeImagesCommand, type Image as Ami } from '@aws-sdk/client-ec2';
import {
  CancelImageCreationCommand,
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImageCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
  DeleteImageCommand,
  DeleteImageRecipeCommand,
  GetImageCommand,
  ListImageBuildVersionsCommand,
  ListImagesCommand,
  ListWorkflowExecutionsCommand,
  ListWorkflowStepExecutionsCommand,
  type Distribution,
  type Image,
} from '@aws-sdk/client-imagebuilder';
import { DescribeLogGroupsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { probeIsolation } from '../../src/engines/rehearsal/rehearse.ts';
import { headerLine } from '../../src/image/header.ts';
import { readReport, reportLine } from '../../src/image/report.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import { clientsFor, control, errorName, openAccount, type Clients } from '../sandbox/account.ts';
import { bash, document, type DocumentStep } from '../sandbox/documents.ts';

const { isolation } = await probeIsolation();
const canRun = isolation !== 'none';
const buildDate = '{{ imagebuilder:buildDate }}';

interface Wish {
  documents: string[];
  distributions?: Distribution[];
  parentImage?: string;
  testsEnabled?: boolean;
  name?: string;
}

/** Makes everything that a build needs, and starts it. */
async function start(clients: Clients, wish: Wish): Promise<string> {
  const { imagebuilder } = clients;
  const name = wish.name ?? 'test-build';
  const components = [];
  for (const [i, data] of wish.documents.entries()) {
    const { componentBuildVersionArn: componentArn } = await imagebuilder.send(
      new CreateComponentCommand({ name: `${name}-${i}`, semanticVersion: '1.0.0', platform: 'Linux', data }),
    );
    components.push({ componentArn });
  }
  const { imageRecipeArn } = await imagebuilder.send(
    new CreateImageRecipeCommand({
      name,
      semanticVersion: '1.0.0',
      parentImage: wish.parentImage ?? seedIds.base(),
      components,
    }),
  );
  const { infrastructureConfigurationArn } = await imagebuilder.send(
    new CreateInfrastructureConfigurationCommand({ name, instanceProfileName: 'profile' }),
  );
  const { distributionConfigurationArn } = wish.distributions
    ? await imagebuilder.send(
        new CreateDistributionConfigurationCommand({ name, distributions: wish.distributions }),
      )
    : {};
  const { imageBuildVersionArn = '' } = await imagebuilder.send(
    new CreateImageCommand({
      imageRecipeArn,
      infrastructureConfigurationArn,
      distributionConfigurationArn,
      imageTestsConfiguration: { imageTestsEnabled: wish.testsEnabled ?? true },
    }),
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

async function build(clients: Clients, wish: Wish): Promise<Image> {
  return ended(clients, await start(clients, wish));
}

/** The JSON of GetImage, because this SDK drops failureContext. */
async function rawImage(
  endpoint: string,
  arn: string,
): Promise<{ image: { state: { failureContext?: Record<string, unknown> } } }> {
  const answer = await fetch(`${endpoint}/GetImage?imageBuildVersionArn=${encodeURIComponent(arn)}`, {
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=A/20261121/us-east-1/imagebuilder/aws4_request' },
  });
  return (await answer.json()) as never;
}

async function logLines({ logs }: Clients, name = 'test-build', stream = '1.0.0/1'): Promise<string[]> {
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({
      logGroupName: `/aws/imagebuilder/${name}`,
      logStreamName: stream,
      startFromHead: true,
    }),
  );
  return events.map((event) => event.message ?? '');
}

async function ami({ ec2 }: Clients, id: string | undefined): Promise<Ami> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [id ?? ''] }));
  return Images?.[0] as Ami;
}

function tagsOf(image: Ami): Record<string, string> {
  return Object.fromEntries((image.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
}

describe('a build', () => {
  const hello = document({ build: [bash('hello', 'echo hello')] });

  test('makes an AMI with the tags of Image Builder and of the distribution', async () => {
    const account = await openAccount({ clock: new Date('2026-12-24T10:00:00Z') });
    const image = await build(account, {
      documents: [hello],
      distributions: [
        {
          region: 'us-east-1',
          amiDistributionConfiguration: {
            name: `my-ami ${buildDate}`,
            description: 'described',
            amiTags: { 'bakery:fingerprint': 'sha256:1' },
            launchPermission: { userIds: ['444455556666'] },
          },
          ssmParameterConfigurations: [{ parameterName: '/imagebuilder/my-ami', dataType: 'aws:ec2:image' }],
        },
        {
          region: 'eu-west-1',
          amiDistributionConfiguration: { name: `my-ami ${buildDate}`, amiTags: { far: 'away' } },
        },
      ],
    });
    expect(image.state).toMatchObject({ status: 'AVAILABLE' });
    const [near, far] = image.outputResources?.amis ?? [];
    expect(near).toMatchObject({ region: 'us-east-1', accountId: '111122223333', description: 'described' });
    const made = await ami(account, near?.image);
    expect(made.Name).toMatch(/^my-ami 2026-12-24T10-00-\d\d\.\d{3}Z$/);
    expect(made).toMatchObject({ State: 'available', Architecture: 'x86_64', SourceImageId: seedIds.base() });
    expect(tagsOf(made)).toEqual({
      CreatedBy: 'EC2 Image Builder',
      Ec2ImageBuilderArn: image.arn,
      'bakery:fingerprint': 'sha256:1',
    });
    const europe = clientsFor(account.sandbox.endpoint, 'eu-west-1');
    expect(tagsOf(await ami(europe, far?.image))).toMatchObject({
      far: 'away',
      Ec2ImageBuilderArn: image.arn,
    });
    const parameter = await account.ssm.send(new GetParameterCommand({ Name: '/imagebuilder/my-ami' }));
    expect(parameter.Parameter?.Value).toBe(near?.image);
  });

  test('is made once per client token, and gets the next number otherwise', async () => {
    const account = await openAccount();
    const arn = await start(account, { documents: [hello] });
    const { image } = await account.imagebuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
    const wish = {
      imageRecipeArn: image?.imageRecipe?.arn,
      infrastructureConfigurationArn: image?.infrastructureConfiguration?.arn,
      clientToken: 'again',
    };
    const second = await account.imagebuilder.send(new CreateImageCommand(wish));
    const same = await account.imagebuilder.send(new CreateImageCommand(wish));
    expect(second.imageBuildVersionArn).toMatch(/\/1\.0\.0\/2$/);
    expect(same.imageBuildVersionArn).toBe(second.imageBuildVersionArn);
    await ended(account, second.imageBuildVersionArn ?? '');
    const listed = await account.imagebuilder.send(
      new ListImageBuildVersionsCommand({ imageVersionArn: arn.slice(0, arn.lastIndexOf('/')) }),
    );
    expect(listed.imageSummaryList?.map((one) => one.version)).toEqual(['1.0.0/2', '1.0.0/1']);
    expect(
      (await account.imagebuilder.send(new ListImagesCommand({ owner: 'Self' }))).imageVersionList,
    ).toHaveLength(1);
    const { imagebuilder } = account;
    expect(
      await errorName(
        imagebuilder.send(new DeleteImageRecipeCommand({ imageRecipeArn: wish.imageRecipeArn })),
      ),
    ).toBe('ResourceDependencyException');
    await imagebuilder.send(new DeleteImageCommand({ imageBuildVersionArn: second.imageBuildVersionArn }));
    expect(
      await errorName(
        imagebuilder.send(new GetImageCommand({ imageBuildVersionArn: second.imageBuildVersionArn })),
      ),
    ).toBe('ResourceNotFoundException');
  });

  test('records workflows and steps', async () => {
    const account = await openAccount();
    const { arn } = await build(account, { documents: [hello] });
    const { imagebuilder } = account;
    const { workflowExecutions = [] } = await imagebuilder.send(
      new ListWorkflowExecutionsCommand({ imageBuildVersionArn: arn }),
    );
    expect(workflowExecutions.map((one) => [one.type, one.status])).toEqual(
      expect.arrayContaining([
        ['BUILD', 'COMPLETED'],
        ['TEST', 'COMPLETED'],
        ['DISTRIBUTION', 'COMPLETED'],
      ]),
    );
    const workflowExecutionId = workflowExecutions.find((one) => one.type === 'BUILD')?.workflowExecutionId;
    const { steps = [], imageBuildVersionArn } = await imagebuilder.send(
      new ListWorkflowStepExecutionsCommand({ workflowExecutionId }),
    );
    expect(imageBuildVersionArn).toBe(arn);
    expect(steps.map((step) => step.name)).toContain('ApplyBuildComponents');
    expect(steps.every((step) => step.status === 'COMPLETED')).toBe(true);
  });

  test('with rehearse off reports each script that has a header as skipped, with the digest of its text', async () => {
    const account = await openAccount();
    const script = `${headerLine({ kind: 'step', id: 'trust' })}\necho never\n`;
    const image = await build(account, {
      documents: [document({ build: [bash('trust', script), bash('plain', 'echo never')] })],
    });
    expect(image.state?.status).toBe('AVAILABLE');
    const lines = await logLines(account);
    const reports = lines.map(readReport).filter((report) => report !== undefined);
    const digest = createHash('sha256').update(script).digest('hex');
    expect(reports).toEqual([
      {
        kind: 'step',
        id: 'trust',
        outcome: 'skipped',
        digest,
        text: expect.stringContaining('rehearse off'),
      },
    ]);
    expect(lines).not.toContain('never');
  });

  test.each<[string, DocumentStep, string]>([
    [
      'an action that is not executed',
      {
        name: 'get',
        action: 'WebDownload',
        inputs: [{ source: 'https://github.com', destination: '/x' }] as never,
      },
      'WebDownload',
    ],
    ['a condition', bash('x', 'true', { if: { binaryExists: 'ls' } }), 'if'],
    ['a chained output', bash('x', 'echo {{ build.other.outputs.stdout }}'), 'outputs'],
  ])('fails on %s instead of ignoring it', async (_, step, named) => {
    const account = await openAccount();
    const image = await build(account, { documents: [document({ build: [step] })] });
    expect(image.state?.status).toBe('FAILED');
    expect(image.state?.reason).toContain(named);
    const raw = await rawImage(account.sandbox.endpoint, image.arn ?? '');
    expect(raw.image.state.failureContext).toMatchObject({
      imageStatus: 'BUILDING',
      failedStep: 'ApplyBuildComponents',
      componentFailure: { phaseName: 'build', stepName: step.name, action: step.action },
    });
  });

  test('fails with an injected fault, and leaves no AMI', async () => {
    const account = await openAccount({ faults: { failBuilds: true } });
    const image = await build(account, { documents: [hello] });
    expect(image.state?.status).toBe('FAILED');
    expect(image.outputResources?.amis ?? []).toEqual([]);
    const { Images } = await account.ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: 'tag-key', Values: ['Ec2ImageBuilderArn'] }] }),
    );
    expect(Images ?? []).toEqual([]);
  });

  test('fails to distribute to another account and to parameters outside its path', async () => {
    const account = await openAccount();
    const to = (more: object): Promise<Image> =>
      build(account, {
        name: `build-${Object.keys(more)[0]}`,
        documents: [hello],
        distributions: [
          { region: 'us-east-1', amiDistributionConfiguration: { name: `n ${buildDate}` }, ...more },
        ],
      });
    const foreign = await to({
      amiDistributionConfiguration: {
        name: `n ${buildDate}`,
        targetAccountIds: ['444455556666'],
        amiTags: { a: 'b' },
      },
    });
    expect(foreign.state?.reason).toContain('EC2ImageBuilderDistributionCrossAccountRole');
    const outside = await to({ ssmParameterConfigurations: [{ parameterName: '/hpc/x' }] });
    expect(outside.state?.reason).toContain('executionRole');
    const { Images } = await account.ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: 'tag:a', Values: ['b'] }] }),
    );
    expect(Images ?? []).toEqual([]);
  });

  test('writes a log in pages', async () => {
    const account = await openAccount();
    await build(account, { documents: [hello] });
    const { logs } = account;
    const logGroupName = '/aws/imagebuilder/test-build';
    expect(
      (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.map((one) => one.logGroupName),
    ).toEqual([logGroupName]);
    const all = await logLines(account);
    const seen: string[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const page = await logs.send(
        new GetLogEventsCommand({
          logGroupName,
          logStreamName: '1.0.0/1',
          startFromHead: true,
          limit: 2,
          ...(nextToken ? { nextToken } : {}),
        }),
      );
      seen.push(...(page.events ?? []).map((event) => event.message ?? ''));
      if (page.nextForwardToken === nextToken) break;
      nextToken = page.nextForwardToken;
    }
    expect(seen).toEqual(all);
    expect(
      await errorName(logs.send(new GetLogEventsCommand({ logGroupName: '/no', logStreamName: 'x' }))),
    ).toBe('ResourceNotFoundException');
    expect(
      await errorName(
        logs.send(new GetLogEventsCommand({ logGroupName, logStreamName: '1.0.0/1', nextToken: 'x' })),
      ),
    ).toBe('InvalidParameterException');
  });

  test('that was interrupted starts again with the next owner of the state, and makes one AMI', async () => {
    const account = await openAccount();
    const arn = await start(account, {
      documents: [hello],
      distributions: [
        {
          region: 'us-east-1',
          amiDistributionConfiguration: { name: `n ${buildDate}`, amiTags: { only: 'one' } },
        },
      ],
    });
    await account.sandbox.close();
    const next = await openAccount({ state: account.state });
    expect((await ended(next, arn)).state?.status).toBe('AVAILABLE');
    const { Images } = await next.ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: 'tag-key', Values: ['Ec2ImageBuilderArn'] }] }),
    );
    expect(Images).toHaveLength(1);
  });
});

describe.skipIf(!canRun)('a build that runs its scripts', () => {
  const step = (id: string, script: string): string => `${headerLine({ kind: 'step', id })}\n${script}\n`;

  test('tests the image that it built, and derived images inherit its disk', async () => {
    const account = await openAccount({ rehearse: 'on' });
    const mark = step('mark', 'echo made > /etc/bake-test; echo building');
    const said = reportLine({ kind: 'row', id: 'mark-there', outcome: 'passed', text: 'made' });
    const check = `cat /etc/bake-test\nprintf '%s\\n' '${said}'`;
    const first = await build(account, {
      name: 'first',
      documents: [
        document({ build: [bash('mark', mark)], validate: [bash('look', 'test -f /etc/bake-test')] }),
        document({ test: [bash('check', check)] }),
      ],
    });
    expect(first.state).toMatchObject({ status: 'AVAILABLE' });
    const lines = await logLines(account, 'first');
    expect(lines).toEqual(expect.arrayContaining(['building', 'made']));
    expect(lines.map(readReport).filter((report) => report !== undefined)).toEqual([
      { kind: 'row', id: 'mark-there', outcome: 'passed', digest: undefined, text: 'made' },
    ]);
    expect(existsSync('/etc/bake-test')).toBe(false);

    const id = first.outputResources?.amis?.[0]?.image;
    const second = await build(account, {
      name: 'second',
      parentImage: id ?? '',
      documents: [document({ build: [bash('look', 'grep made /etc/bake-test')] })],
    });
    expect(second.state).toMatchObject({ status: 'AVAILABLE' });

    const layers = (): string[] => readdirSync(path.join(account.state, 'layers'));
    expect(layers()).toHaveLength(2);
    for (const image of [id, second.outputResources?.amis?.[0]?.image]) {
      await account.ec2.send(new DeregisterImageCommand({ ImageId: image, DeleteAssociatedSnapshots: true }));
    }
    expect(layers()).toEqual([]);
  });

  test('names the step that failed, and distributes nothing', async () => {
    const account = await openAccount({ rehearse: 'on' });
    const image = await build(account, {
      documents: [
        document({
          build: [
            bash('fine', 'true'),
            bash('broken', 'echo about to fail; exit 3'),
            bash('never', 'echo never'),
          ],
        }),
      ],
      distributions: [
        {
          region: 'us-east-1',
          amiDistributionConfiguration: { name: `n ${buildDate}`, amiTags: { a: 'b' } },
        },
      ],
    });
    expect(image.state?.status).toBe('FAILED');
    expect(image.state?.reason).toContain('broken');
    const raw = await rawImage(account.sandbox.endpoint, image.arn ?? '');
    expect(raw.image.state.failureContext).toMatchObject({
      componentFailure: { stepName: 'broken', errorMessage: expect.stringContaining('3') },
    });
    const lines = await logLines(account);
    expect(lines).toContain('about to fail');
    expect(lines).not.toContain('never');
    const { Images } = await account.ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: 'tag:a', Values: ['b'] }] }),
    );
    expect(Images ?? []).toEqual([]);
  });

  test('is FAILED when its tests fail, and its AMI lacks the tags of the distribution', async () => {
    const account = await openAccount({ rehearse: 'on' });
    const image = await build(account, {
      documents: [
        document({ build: [bash('b', 'true')] }),
        document({
          test: [
            bash('red', 'false', { onFailure: 'Continue' }),
            bash('later', 'echo later', { onFailure: 'Continue' }),
          ],
        }),
      ],
      distributions: [
        {
          region: 'us-east-1',
          amiDistributionConfiguration: { name: `n ${buildDate}`, amiTags: { a: 'b' } },
        },
      ],
    });
    expect(image.state?.status).toBe('FAILED');
    const raw = await rawImage(account.sandbox.endpoint, image.arn ?? '');
    expect(raw.image.state.failureContext).toMatchObject({ imageStatus: 'TESTING' });
    // Continue: the later steps run, and the document still fails.
    expect(await logLines(account)).toContain('later');
  });

  test('obeys the attributes of a step', async () => {
    const account = await openAccount({ rehearse: 'on' });
    const image = await build(account, {
      documents: [
        document(
          {
            build: [
              bash('ignored', 'echo bad; exit 5', { onFailure: 'Ignore' }),
              bash('thrice', 'echo x >> /root/tries; test "$(wc -l < /root/tries)" = 3', { maxAttempts: 3 }),
              bash('reboots', 'if test -f /root/up; then echo "up again"; else touch /root/up; exit 194; fi'),
              bash('greets', 'echo "hello {{ Name }} {{ unknown }}"'),
            ],
          },
          { parameters: [{ Name: { type: 'string', default: 'world' } }] },
        ),
      ],
    });
    expect(image.state).toMatchObject({ status: 'AVAILABLE' });
    const lines = await logLines(account);
    expect(lines).toEqual(expect.arrayContaining(['bad', 'up again', 'hello world {{ unknown }}']));
    expect(lines.filter((line) => line === 'bad')).toHaveLength(1);
  });

  test('fails a step that exceeds its timeout', async () => {
    const account = await openAccount({ rehearse: 'on' });
    const image = await build(account, {
      documents: [
        document({ build: [bash('sleeps', 'sleep 60', { timeoutSeconds: 1 }), bash('b', 'true')] }),
      ],
    });
    expect(image.state?.status).toBe('FAILED');
    expect(image.state?.reason).toContain('sleeps');
  });

  test('that was interrupted after its AMI was made starts from the beginning: one AMI, one log', async () => {
    const first = await openAccount({ rehearse: 'on' });
    const arn = await start(first, {
      documents: [
        document({ build: [bash('b', 'echo once')] }),
        document({ test: [bash('t', 'sleep 600')] }),
      ],
    });
    for (let status = ''; status !== 'TESTING'; await sleep(20)) {
      const { image } = await first.imagebuilder.send(new GetImageCommand({ imageBuildVersionArn: arn }));
      status = image?.state?.status ?? '';
    }
    await first.sandbox.close();
    const next = await openAccount({ state: first.state, rehearse: 'off' });
    const image = await ended(next, arn);
    expect(image.state?.status).toBe('AVAILABLE');
    const Filters = [{ Name: 'tag:Ec2ImageBuilderArn', Values: [arn] }];
    const { Images } = await next.ec2.send(new DescribeImagesCommand({ Filters }));
    expect(Images?.map((one) => one.ImageId)).toEqual([image.outputResources?.amis?.[0]?.image]);
    expect((await logLines(next)).filter((line) => line.includes('build started'))).toHaveLength(1);
    expect(readdirSync(path.join(next.state, 'layers'))).toEqual([]);
  });

  test('can be cancelled', async () => {
    const account = await openAccount({ rehearse: 'on' });
    const arn = await start(account, {
      documents: [document({ build: [bash('sleeps', 'echo asleep; sleep 600')] })],
    });
    await sleep(300);
    await account.imagebuilder.send(new CancelImageCreationCommand({ imageBuildVersionArn: arn }));
    expect((await ended(account, arn)).state?.status).toBe('CANCELLED');
    await sleep(300);
    const { workflowExecutions } = await account.imagebuilder.send(
      new ListWorkflowExecutionsCommand({ imageBuildVersionArn: arn }),
    );
    expect(workflowExecutions?.[0]?.status).toBe('CANCELLED');
    expect(
      await errorName(account.imagebuilder.send(new DeleteImageCommand({ imageBuildVersionArn: arn }))),
    ).toBe('none');
  });
});

test('faults and the clock can be set while the sandbox runs', async () => {
  const account = await openAccount();
  expect(await control(account.sandbox, 'faults', { failBuilds: true })).toEqual({ failBuilds: true });
  expect(await control(account.sandbox, 'faults', { colour: 1 })).toMatchObject({ error: 'InvalidFaults' });
  expect(await control(account.sandbox, 'clock', { now: '2027-01-31T00:00:00Z' })).toMatchObject({
    now: expect.stringContaining('2027-01-31'),
  });
  expect(await control(account.sandbox, 'clock', { now: 'soon' })).toMatchObject({ error: 'InvalidClock' });
});
