/** The stages of bake publish, promote and rollback: they choose the image for a channel and check whether it may go there. */
import { findAmis, type Ami } from '../../aws/images.ts';
import { BakeError, throwAll } from '../../errors/bake-error.ts';
import { isRed, readVerifyNote, VERIFY_TAG } from '../../image/verdict.ts';
import { newestAmiFirst } from '../../os/official.ts';
import { readChannelImages } from '../../publish/channels.ts';
import type { Past } from '../../publish/history.ts';
import {
  channelParameter,
  findCopy,
  gatherChannel,
  planChannel,
  wishOf,
  type ChannelFacts,
  type ChannelPlan,
  type ChannelWish,
} from '../channel.ts';
import { channelStage } from '../channel-stage.ts';
import type { Stage } from '../../run/stage.ts';
import type { Job, Published, World } from '../world.ts';

interface MoveFacts extends ChannelFacts {
  /** The reasons against it in any Region; with one of them, nothing is written in any Region. */
  refusals: BakeError[];
}

export type MoveStage = Stage<'publish', World, Job, unknown, MoveFacts, ChannelPlan, Published>;

/** Has the name of the publish stage, so that the rotate stage uses its result. */
function stage(gather: (world: World, job: Job) => Promise<MoveFacts>): MoveStage {
  return {
    name: 'publish',
    gather,
    plan(facts) {
      throwAll(facts.refusals);
      return planChannel(facts);
    },
    ...channelStage,
  };
}

/** Puts the image of one channel into another: an approved candidate becomes stable. */
export function promoteStage(of: { from: string; to: string; unverified: boolean }): MoveStage {
  return stage(async (world, job) => {
    const wish = wishOf(job, world, { channel: of.to, move: 'promote', from: of.from });
    const name = channelParameter(wish, of.from);
    const values = new Map<string, string>();
    const images = new Map<string, Ami>();
    const parameters = wish.target.regions.map((region) => ({ region, parameter: name }));
    for (const { region, value, image } of await readChannelImages(world.aws, parameters)) {
      if (value !== undefined) values.set(region, value);
      if (image) images.set(region, image);
    }
    const { regions } = wish.target;
    const refusals: BakeError[] = [];
    const empty = regions.filter((region) => !values.has(region));
    if (empty.length > 0) refusals.push(new BakeError('CHANNEL_EMPTY', { name, regions: empty }));
    for (const [region, id] of values) {
      if (!images.has(region)) refusals.push(new BakeError('IMAGE_LOST', { id, region, state: 'gone' }));
    }
    refusals.push(...splitOf(name, images), ...(of.unverified ? [] : [...images.values()].flatMap(unproven)));
    const source = images.get(regions[0]) ?? null;
    const facts = await gatherChannel(world, wish, source, async (region) => images.get(region) ?? null);
    return { ...facts, refusals: [...refusals, ...withdrawals(facts)] };
  });
}

/** Puts a baked image into a channel, without a bake. */
export function publishStage(of: { image: string | undefined; unverified: boolean }): MoveStage {
  return stage(async (world, job) => {
    const { channel } = job.publish;
    const from = of.image ?? 'the newest image';
    const wish = wishOf(job, world, {
      channel,
      move: 'publish',
      from,
      onPurpose: of.image !== undefined,
    });
    const source =
      of.image === undefined ? await newestOf(world, job, of.unverified) : await named(world, wish, of.image);
    const refusals = of.unverified ? [] : unproven(source);
    const facts = await gatherChannel(world, wish, source, (region) => findCopy(world, source, region));
    return { ...facts, refusals: [...refusals, ...withdrawals(facts)] };
  });
}

/** Returns a channel to the image that it held `steps` images ago. */
export function rollbackStage(of: { channel: string; steps: number }): MoveStage {
  return stage(async (world, job) => {
    const wish = wishOf(job, world, { channel: of.channel, move: 'rollback', onPurpose: true });
    const name = channelParameter(wish, of.channel);
    const refusals: BakeError[] = [];
    const images = new Map<string, Ami>();
    const facts = await gatherChannel(world, wish, null, async (region, past) => {
      const to = past.before[of.steps - 1];
      if (past.current === null) {
        refusals.push(new BakeError('CHANNEL_EMPTY', { name, regions: [region] }));
      } else if (!to) {
        const has = past.before.length;
        refusals.push(new BakeError('ROLLBACK_NOWHERE', { name, region, steps: of.steps, has }));
      } else {
        const there = await findThere(world, region, past);
        const image = there.get(to.value);
        if (image) images.set(region, image);
        else refusals.push(goneError(of.steps, { name, region, past, there }));
      }
      return images.get(region) ?? null;
    });
    return { ...facts, refusals: [...refusals, ...splitOf(name, images)] };
  });
}

/** The images of a history that can still be started, by id. */
async function findThere(world: World, region: string, past: Past): Promise<Map<string, Ami>> {
  const ids = past.before.map(({ value }) => value);
  // EC2 accepts 200 values in a filter, and SSM keeps at most 100 versions.
  const found = await findAmis(world.aws, region, { filters: { 'image-id': ids } });
  return new Map(found.filter((image) => image.state === 'available').map((image) => [image.id, image]));
}

function goneError(
  steps: number,
  of: { name: string; region: string; past: Past; there: ReadonlyMap<string, Ami> },
): BakeError {
  const { name, region, past, there } = of;
  const next = past.before.findIndex(({ value }, at) => at >= steps && there.has(value));
  return new BakeError('ROLLBACK_GONE', {
    name,
    region,
    steps,
    image: past.before[steps - 1]?.value ?? '',
    state: 'deregistered or disabled',
    next:
      next === -1
        ? ''
        : `the next that is there is ${past.before[next]?.value}, since ${past.before[next]?.at.slice(0, 10)}: bake rollback --to ${next + 1}`,
  });
}

/** N steps back must be the same build in every Region, or the Regions would have different images. */
function splitOf(name: string, images: ReadonlyMap<string, Ami>): BakeError[] {
  const prints = new Set([...images.values()].map(printOf));
  if (prints.size < 2) return [];
  const told = [...images].map(([region, image]) => `${region}: ${image.id} ${image.name}`);
  return [new BakeError('CHANNEL_SPLIT', { name, images: told })];
}

/** The key that all images of one build share. */
function printOf({ tags, name }: Ami): string {
  return tags['bakery:fingerprint'] ?? name;
}

function unproven({ id: image, region, tags }: Ami): BakeError[] {
  const note = tags[VERIFY_TAG];
  if (readVerifyNote(note) !== null) return [];
  const reason = isRed(note) ? `did not pass verification (${note})` : 'was never verified';
  return [new BakeError('IMAGE_UNPROVEN', { image, region, reason })];
}

function withdrawals({ wish, places }: ChannelFacts): BakeError[] {
  if (wish.onPurpose) return [];
  return places.flatMap(({ image, past }) => {
    const found = past.withdrawn.find(({ value }) => value === image?.id);
    if (!found || past.current === image?.id) return [];
    const context = { image: found.value, channel: wish.channel, date: found.at.slice(0, 10) };
    return [new BakeError('IMAGE_WITHDRAWN', { ...context, os: wish.target.os.id })];
  });
}

async function newestOf(world: World, { target }: Job, unverified: boolean): Promise<Ami> {
  const { os, arch, parallelcluster, regions } = target;
  const found = await findAmis(world.aws, regions[0], {
    owners: ['self'],
    filters: {
      'tag:parallelcluster:os': [os.id],
      'tag:parallelcluster:version': [parallelcluster],
      'tag-key': ['bakery:fingerprint'],
      architecture: [arch],
      state: ['available'],
    },
  });
  const [image] = found.filter((one) => unverified || unproven(one).length === 0).sort(newestAmiFirst);
  if (image) return image;
  const reason = `${regions[0]} has no verified image of ${os.id} ${arch} for ParallelCluster ${parallelcluster}`;
  throw new BakeError('IMAGE_FOREIGN', { image: 'the newest image', reason });
}

/** @throws BakeError IMAGE_FOREIGN if there is no such image, or it belongs to another target */
async function named(world: World, { target }: ChannelWish, id: string): Promise<Ami> {
  const found = await Promise.all(
    target.regions.map((region) => findAmis(world.aws, region, { owners: ['self'], ids: [id] })),
  );
  const [image] = found.flat();
  const foreign = (reason: string): BakeError => new BakeError('IMAGE_FOREIGN', { image: id, reason });
  if (!image) throw foreign(`no image of ours in ${target.regions.join(', ')}`);
  const is = [image.tags['parallelcluster:os'], image.architecture, image.tags['parallelcluster:version']];
  const wanted = [target.os.id, target.arch, target.parallelcluster];
  if (is.join(' ') !== wanted.join(' ')) {
    throw foreign(`it is ${is.map((part) => part ?? '?').join(' ')}, the target is ${wanted.join(' ')}`);
  }
  if (image.state !== 'available') throw foreign(`it is ${image.state}`);
  if (image.tags['bakery:fingerprint'] === undefined && target.regions.length > 1) {
    throw foreign('it was not baked by bake, so its copies cannot be told; name its Region with --region');
  }
  return image;
}
