/** Tests monthly runs inside AWS: pipelines are made, kept, started by the clock, replaced and deleted. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListImagePipelineImagesCommand } from '@aws-sdk/client-imagebuilder';
import { describe, expect, it } from 'vitest';
import { execute } from '../../src/cli/commands/schedule.ts';
import type { Options } from '../../src/cli/options.ts';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { findAmis } from '../../src/aws/images.ts';
import { readParameters } from '../../src/aws/parameters.ts';
import type { Session } from '../../src/aws/session.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import type { PipelineEntry } from '../../src/schedule/pipelines.ts';
import { stateOf, withAccount } from '../support/account.ts';
import { invocationOf } from '../support/invocation.ts';
import { exampleProject, readExample } from '../support/project.ts';

const CHANNEL = '/hpc/ami/candidate/rocky9/x86_64/3.16.3';
const newer = seedIds.baked({ os: 'rocky9', arch: 'x86_64', version: '3.16.3' });
/** The calls that change the account. */
const WRITES = /:(Put|Create|Update|Delete|Start|Cancel|Tag|Copy|Deregister)/;

const twoRegions = readExample('bakery.yaml').replace(
  /^ {4}base: ami-.*$/m,
  '$&\n    regions: [us-east-1, eu-west-1]',
);

interface Place {
  folder: string;
  sandbox: Sandbox;
  aws: Session;
}

/** `bake schedule` in this process. */
async function run(folder: string, given: Partial<Options>): Promise<PipelineEntry[]> {
  const { invocation, result } = invocationOf(
    folder,
    { engine: 'imagebuilder', ...given },
    { commandLine: 'bake schedule' },
  );
  await execute(invocation);
  return (result() as { pipelines: PipelineEntry[] }).pipelines;
}

/** The sandbox of this folder is open already. */
function schedule({ folder }: Place, said: Partial<Options> = {}): Promise<PipelineEntry[]> {
  return run(folder, { sandbox: true, os: ['rocky9'], channel: 'candidate', ...said });
}

async function writes({ sandbox }: Place): Promise<number> {
  const calls = (await (await fetch(`${sandbox.endpoint}/_sandbox/calls`)).json()) as Record<string, number>;
  return Object.entries(calls).reduce((sum, [call, count]) => sum + (WRITES.test(call) ? count : 0), 0);
}

async function clock({ sandbox }: Place, now: string): Promise<void> {
  await fetch(`${sandbox.endpoint}/_sandbox/clock`, { method: 'POST', body: JSON.stringify({ now }) });
}

/** Waits some seconds for that many AMIs of the pipeline. @returns them, newest first */
async function amisOf({ aws }: Place, imagePipelineArn: string, atLeast: number): Promise<string[]> {
  for (const end = Date.now() + 8000; ; await sleep(100)) {
    const { imageSummaryList = [] } = await aws
      .imagebuilder('us-east-1')
      .send(new ListImagePipelineImagesCommand({ imagePipelineArn }));
    const failed = imageSummaryList.find(({ state }) => state?.status === 'FAILED');
    expect(failed?.state?.reason).toBeUndefined();
    const done = imageSummaryList.filter(({ state }) => state?.status === 'AVAILABLE');
    if (done.length >= atLeast || Date.now() > end)
      return done.map(({ outputResources }) => outputResources?.amis?.[0]?.image ?? '');
  }
}

async function published({ aws }: Place, region: string): Promise<string | undefined> {
  return (await readParameters(aws, region, [CHANNEL])).get(CHANNEL);
}

describe('pipelines', () => {
  it('bake, test and publish on their day, only if something is newer', async () => {
    const folder = exampleProject({ 'bakery.yaml': twoRegions });
    const options = {
      state: stateOf(folder),
      rehearse: 'off',
      clock: new Date('2026-11-21T10:00:00Z'),
    } as const;
    await withAccount(options, async (aws, sandbox) => {
      const place = { folder, sandbox, aws };
      const [made] = await schedule(place);
      expect(made).toMatchObject({
        outcome: 'created',
        name: 'bakery-pipeline-rocky9-x86-64-3-16-3',
        next: '2026-12-01T03:00:00.000Z',
        parent: { parameter: '/hpc/ami/parent/rocky9-x86_64-3.16.3', imageId: seedIds.base() },
        publishes: [
          { region: 'us-east-1', name: CHANNEL },
          { region: 'eu-west-1', name: CHANNEL },
        ],
      });
      const arn = made?.arn ?? '';

      // A second time writes nothing.
      const before = await writes(place);
      expect(await schedule(place)).toMatchObject([{ outcome: 'unchanged', changes: [] }]);
      expect(await writes(place)).toBe(before);

      await clock(place, '2026-12-01T03:00:05Z');
      const [first] = await amisOf(place, arn, 1);
      expect(await published(place, 'us-east-1')).toBe(first);
      const [copy] = await findAmis(aws, 'eu-west-1', {
        ids: [(await published(place, 'eu-west-1')) ?? ''],
      });
      expect(copy?.tags).toMatchObject({
        'parallelcluster:build_status': 'available',
        'parallelcluster:parent_image': seedIds.base(),
        'bakery:run': 'pipeline',
      });

      // A month in which nothing is new.
      await clock(place, '2027-01-05T03:00:05Z');
      await sleep(1500);
      expect(await amisOf(place, arn, 1)).toEqual([first]);

      // A newer base image reaches the pipeline through its parameter; the recipe stays.
      const yaml = fs.readFileSync(`${folder}/bakery.yaml`, 'utf8');
      fs.writeFileSync(`${folder}/bakery.yaml`, yaml.replace(seedIds.base(), newer));
      expect(await schedule(place)).toMatchObject([
        { outcome: 'updated', changes: ['parent', 'distribution'], parent: { imageId: newer } },
      ]);
      await clock(place, '2027-02-02T03:00:05Z');
      const after = await amisOf(place, arn, 2);
      expect(after).toHaveLength(2);
      expect(await published(place, 'us-east-1')).not.toBe(first);
      expect(after).toContain(await published(place, 'us-east-1'));

      // Another recipe and another day.
      fs.appendFileSync(
        `${folder}/bakery.yaml`,
        'schedule: { cron: 0 4 1 * ? *, timezone: Europe/Berlin, start: always }\n',
      );
      fs.appendFileSync(`${folder}/files/site.sh`, '\n# changed\n');
      expect(await schedule(place)).toMatchObject([
        { changes: ['distribution', 'recipe', 'schedule'], next: '2027-03-01T03:00:00.000Z' },
      ]);

      expect(await schedule(place, { delete: true })).toMatchObject([{ outcome: 'deleted' }]);
      expect(await schedule(place, { delete: true })).toMatchObject([{ outcome: 'unchanged' }]);
      // Images and parameters stay.
      expect(await published(place, 'us-east-1')).toBeDefined();
    });
    fs.rmSync(folder, { recursive: true });
  });

  it('are rejected before any call without a role that publishes, and with a wrong expression', async () => {
    const roleless = readExample('bakery.yaml').replace(/^imageBuilder:\n.*\n/m, '');
    const folder = exampleProject({ 'bakery.yaml': roleless });
    const refused = async (said: Partial<Options>): Promise<string> => {
      const thrown = await run(folder, said).catch((error: unknown) => error);
      return errorsOf(thrown)
        .map((error) => `${error.code} ${error.place.line ?? ''} ${error.message}`)
        .join('\n');
    };
    expect(await refused({})).toMatch(/^CONFIG_VALUE .*imageBuilder\.executionRole.*ssm:PutParameter/);
    expect(await refused({ cron: '0 3 * *' })).toMatch(/^USAGE .*six fields/);
    expect(await refused({ engine: 'packer' })).toMatch(/^USAGE .*--engine packer/);
    fs.appendFileSync(`${folder}/bakery.yaml`, 'schedule: { cron: 99 3 ? * 1 * }\n');
    expect(await refused({})).toMatch(/^CONFIG_VALUE \d+ .*0 to 59 for the minute/);
    fs.rmSync(folder, { recursive: true });
  });
});
