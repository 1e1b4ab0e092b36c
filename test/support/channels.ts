/** Makes a small account for tests of channels: images that look baked, and stages that run on them without a bake. */
import fs from 'node:fs';
import path from 'node:path';
import { CopyImageCommand, CreateTagsCommand } from '@aws-sdk/client-ec2';
import { findAmis, untilAvailable, type Ami } from '../../src/aws/images.ts';
import { readVersions } from '../../src/aws/parameters.ts';
import { openSession, type Session } from '../../src/aws/session.ts';
import { throwAll } from '../../src/errors/bake-error.ts';
import type { BakeEvent } from '../../src/events/events.ts';
import { makeTarget, type Target } from '../../src/os/target.ts';
import { openJournal } from '../../src/run/journal.ts';
import { pipelineOf } from '../../src/run/pipeline.ts';
import { runStages } from '../../src/run/runner.ts';
import type { MoveStage } from '../../src/pipeline/stages/moves.ts';
import type { Job, Published, PublishSettings, World } from '../../src/pipeline/world.ts';
import type { Faults } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { seedIds } from '../../src/sandbox/seed.ts';
import { anyone } from './account.ts';
import { emptyFolder } from './project.ts';

export const regions = ['us-east-1', 'eu-west-1'] as const;

export interface Channels {
  aws: Session;
  endpoint: string;
  events: BakeEvent[];
  /** Makes an image in every Region that looks as if it was baked and verified. */
  bakeImage(fingerprint: string, more?: ImageMore): Promise<Ami[]>;
  /** Runs a stage on the target. @returns its result */
  run(stage: MoveStage, more?: RunMore): Promise<Published>;
  /** The values of the channel in a Region, oldest first. */
  values(channel: string, region?: string): Promise<string[]>;
  image(region: string, id: string): Promise<Ami>;
  faults(faults: Faults): Promise<void>;
  close(): Promise<void>;
}

interface ImageMore {
  /** The result of its verification; undefined: none. */
  verify?: string | undefined;
  regions?: readonly string[];
}

interface RunMore {
  mode?: 'run' | 'plan';
  settings?: Partial<PublishSettings>;
  regions?: readonly string[];
  channel?: string;
  /** A session other than `aws`, so that its calls can be counted. */
  session?: Session;
}

const nobody = { accounts: [], organizations: [], organizationalUnits: [], role: null };
const os = 'alinux2';
const parallelcluster = '3.15.1';

export function parameterOf(channel: string): string {
  return `/hpc/ami/${channel}/${os}/x86_64/${parallelcluster}`;
}

/** The writes of a session so far. */
export function writesOf(aws: Session): Record<string, number> {
  return Object.fromEntries([...aws.calls].filter(([call]) => !/:(Describe|Get)/.test(call)));
}

/**
 * @param more another server instead of a new sandbox: its address, and the base image of the "bakes"
 */
export async function openChannels(more: { endpoint?: string; base?: string } = {}): Promise<Channels> {
  const folder = emptyFolder();
  const sandbox = await openSandbox({ state: path.join(folder, 'state'), rehearse: 'off' });
  const endpoint = more.endpoint ?? sandbox.endpoint;
  const aws = openSession({ env: {}, endpoint, credentials: anyone });
  const events: BakeEvent[] = [];
  const base = more.base ?? seedIds.baked({ os, arch: 'x86_64', version: parallelcluster });

  async function bakeIn(region: string, fingerprint: string, verify: string | undefined): Promise<Ami> {
    const answer = await aws.ec2(region).send(
      new CopyImageCommand({
        SourceImageId: base,
        SourceRegion: 'us-east-1',
        Name: `bakery-${fingerprint}`,
        Encrypted: true,
        KmsKeyId: 'alias/bakery',
      }),
    );
    const id = answer.ImageId ?? '';
    const tags = {
      'parallelcluster:os': os,
      'parallelcluster:version': parallelcluster,
      'bakery:fingerprint': `sha256:${fingerprint}`,
      'bakery:run': fingerprint,
      ...(verify === undefined ? {} : { 'bakery:verify': verify }),
    };
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await aws.ec2(region).send(new CreateTagsCommand({ Resources: [id], Tags }));
    return untilAvailable(aws, region, id, AbortSignal.timeout(10_000));
  }

  return {
    aws,
    endpoint,
    events,
    bakeImage: (fingerprint, wish = {}) =>
      Promise.all(
        (wish.regions ?? regions).map((region) =>
          bakeIn(region, fingerprint, 'verify' in wish ? wish.verify : '5 passed, 0 failed, 0 skipped'),
        ),
      ),
    async run(stage, wish = {}) {
      const made = makeTarget({ os, arch: 'x86_64', parallelcluster, regions: wish.regions ?? regions });
      if ('errors' in made) throw new Error('no such target');
      const session = wish.session ?? aws;
      const job = {
        target: made.target satisfies Target,
        kms: Object.fromEntries(regions.map((region) => [region, 'alias/bakery'])),
        publish: {
          parameter: '/hpc/ami/{channel}/{os}/{arch}/{parallelcluster}',
          channel: wish.channel ?? 'candidate',
          share: nobody,
          protect: true,
          deprecateAfterDays: 90,
          ...wish.settings,
        },
      } as Partial<Job> as Job;
      const journal = openJournal(path.join(folder, 'runs'), 'test', () => session.now());
      const signal = AbortSignal.timeout(60_000);
      const emit = (event: BakeEvent): void => void events.push(event);
      const world = { aws: session, account: '111122223333', partition: 'aws', journal, emit, signal };
      const outcome = await runStages({
        world: world as Partial<World> as World,
        pipeline: pipelineOf<World, Job>().each(stage),
        items: [job],
        label: () => 'alinux2 x86_64',
        mode: wish.mode ?? 'run',
        concurrency: 1,
        journal,
        emit,
        signal,
      });
      if (outcome.writes.length > 0) journal.end('done');
      throwAll(outcome.errors);
      return outcome.items[0]?.publish as Published;
    },
    values: async (channel, region = 'us-east-1') =>
      (await readVersions(aws, region, parameterOf(channel))).map(({ value }) => value),
    image: async (region, id) => (await findAmis(aws, region, { ids: [id] }))[0] as Ami,
    async faults(faults) {
      await fetch(`${sandbox.endpoint}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) });
    },
    async close() {
      aws.close();
      await sandbox.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
