/**
 * Puts an image into a channel in every Region and account of a target: reads, plans, and reads back; channel-apply.ts
 * writes. The publish stage of a run and bake publish, promote and rollback use it, each with its own images.
 */
import { findAmis, type Ami } from '../aws/images.ts';
import { READ_BACK_MS, until } from '../aws/until.ts';
import { BakeError } from '../errors/bake-error.ts';
import { newestAmiFirst } from '../os/official.ts';
import { targetLabel, type Target } from '../os/target.ts';
import { findCopies } from '../publish/copy.ts';
import {
  writesInto,
  writesBack,
  writesText,
  type ChannelPlaceFacts,
  type ChannelEntry,
  type Write,
} from '../publish/finish.ts';
import { parameterNote, type ChannelMove, type Past } from '../publish/history.ts';
import { targetParameter } from '../publish/parameter.ts';
import {
  bareFacts,
  readChannelPlace,
  placeName,
  placesOf,
  readPlace,
  samePlace,
  type ChannelPlace,
} from '../publish/place.ts';
import { newValue, type PlannedWrite } from '../run/writes.ts';
import { count } from '../util/count.ts';
import type { Job, Published, PublishSettings, World } from './world.ts';

export interface ChannelWish {
  target: Pick<Target, 'os' | 'arch' | 'parallelcluster' | 'regions'>;
  settings: PublishSettings;
  /** Region → KMS key for copies. */
  kms: Readonly<Record<string, string>>;
  channel: string;
  move: ChannelMove;
  /** The source of the image, for the history; undefined: a bake. */
  from?: string | undefined;
  /** Whether a withdrawn image may be published again, because a person named it. */
  onPurpose: boolean;
  run: string;
}

export interface ChannelFacts {
  wish: ChannelWish;
  /** The parameter's name. */
  name: string;
  /** The image that copies are made from, with their tags; null in a plan that would bake it. */
  source: Ami | null;
  places: ChannelPlaceFacts[];
  /** ISO 8601. */
  now: string;
}

export interface PlacePlan extends ChannelPlace {
  image: Ami | null;
  past: Past;
  copy: boolean;
  writes: Write[];
  /** The reason why the channel does not change. */
  stays: string | undefined;
}

export interface ChannelPlan extends Omit<ChannelFacts, 'places'> {
  places: PlacePlan[];
}

/** The wish with the settings of a job. */
export function wishOf(
  job: Job,
  world: World,
  more: Pick<ChannelWish, 'channel' | 'move'> & Partial<ChannelWish>,
): ChannelWish {
  const { target, publish: settings, kms } = job;
  return { target, settings, kms, onPurpose: false, run: world.journal.run, ...more };
}

export function channelParameter({ target, settings }: ChannelWish, channel: string): string {
  return targetParameter(settings.parameter, channel, target);
}

/** @param imageIn returns the image of a Region, given the channel's history; null: it is not baked or copied yet */
export async function gatherChannel(
  world: World,
  wish: ChannelWish,
  source: Ami | null,
  imageIn: (region: string, past: Past) => Promise<Ami | null>,
): Promise<ChannelFacts> {
  const name = channelParameter(wish, wish.channel);
  const { share } = wish.settings;
  const found = new Map<string, Promise<Ami | null>>();
  const places = await Promise.all(
    placesOf(wish.target.regions, share).map(async (place) => {
      const past = await readPlace(world.aws, place, name, share);
      if (place.account === null) found.set(place.region, imageIn(place.region, past));
      return { place, past };
    }),
  );
  return {
    wish,
    name,
    source,
    now: world.aws.now().toISOString(),
    places: await Promise.all(
      places.map(async ({ place, past }) => {
        const image = (await found.get(place.region)) ?? null;
        const of = { name, image, past };
        // A rollback reads only what it will write.
        if (wish.move === 'rollback') return bareFacts(place, of);
        return readChannelPlace(world.aws, place, of, wish.settings);
      }),
    ),
  };
}

/** Finds the copy of an image that can be published; one that failed does not count. */
export async function findCopy(world: World, source: Ami | null, region: string): Promise<Ami | null> {
  if (source === null || region === source.region) return source;
  const found = await findCopies(world.aws, source, region);
  const usable = found.filter(({ state }) => state === 'available' || state === 'pending');
  return usable.sort(newestAmiFirst)[0] ?? null;
}

export function planChannel(facts: ChannelFacts): ChannelPlan {
  return { ...facts, places: facts.places.map((place) => planPlace(facts, place)) };
}

function planPlace({ wish, source, now }: ChannelFacts, facts: ChannelPlaceFacts): PlacePlan {
  const { region, account, image, past } = facts;
  const stays = wish.onPurpose ? undefined : withdrawal(past, image);
  return {
    region,
    account,
    image,
    past,
    copy: account === null && image === null && source !== null && source.region !== region,
    writes:
      stays === undefined ? writesFor(facts, wish, source, now) : deprecationsWhile(facts, wish, source, now),
    stays,
  };
}

/** A run does not publish an image again that was rolled back. */
function withdrawal({ current, withdrawn }: Past, image: Ami | null): string | undefined {
  const found = withdrawn.find(({ value }) => value === image?.id);
  if (!found || current === image?.id) return undefined;
  return `stays at ${current}: ${found.value} was rolled back on ${found.at.slice(0, 10)}`;
}

/** The writes that the wish needs in a place. */
export function writesFor(
  facts: ChannelPlaceFacts,
  wish: ChannelWish,
  source: Ami | null,
  now: string,
): Write[] {
  if (wish.move === 'rollback') {
    return writesBack(facts, parameterNote(wish.move, wish.run, facts.past.current ?? undefined));
  }
  const note = parameterNote(wish.move, wish.run, wish.from);
  return writesInto(facts, {
    ...wish.settings,
    channel: wish.channel,
    tags: source?.tags ?? {},
    note,
    now,
  } satisfies ChannelEntry & PublishSettings);
}

/** A channel that stays still deprecates the images that left it. */
function deprecationsWhile(
  facts: ChannelPlaceFacts,
  wish: ChannelWish,
  source: Ami | null,
  now: string,
): Write[] {
  const leaving = facts.leaving.filter((id) => id !== facts.past.current);
  return writesFor({ ...facts, leaving }, wish, source, now).filter((write) => write.do === 'deprecate');
}

/** The writes of the plan. Writes to an image belong to that image. */
export function channelWrites({ name, places, wish }: ChannelPlan): PlannedWrite[] {
  return places.flatMap(({ image, past, writes, ...place }) => {
    const what = `${name} in ${placeName(place)}`;
    if (image === null) return [{ what, from: past.current, to: newValue(targetLabel(wish.target)) }];
    return writes.map((write) =>
      write.do === 'put'
        ? { what, from: write.from, to: image.id }
        : {
            what: `${image.id} in ${placeName(place)}`,
            from: null,
            to: writesText([write]),
            image: image.id,
          },
    );
  });
}

/** The result that the plan would have. */
export function channelOutcome({ name, places }: ChannelPlan): Published {
  const notes = places.flatMap(({ stays, writes }) => [stays ?? [], writesText(writes)].flat());
  return {
    notes: [...new Set(notes)].filter((note) => note !== ''),
    images: places.filter(({ account }) => account === null).map(({ region, image }) => ({ region, image })),
    parameters: places.map(({ region, account, image, past, stays }) => ({
      region,
      name,
      value: stays === undefined ? (image?.id ?? null) : past.current,
      previous: past.current,
      ...(account === null ? {} : { account }),
    })),
    ages: places.map(({ image, past }) => ({ was: past.since, now: image?.createdAt ?? null })),
  };
}

/** Reads until nothing of the plan is left to do, because reads lag behind writes by seconds. */
export async function readBackChannel(world: World, plan: ChannelPlan): Promise<Published> {
  let last: ChannelPlan = plan;
  const seen = await until<ChannelPlan>({
    aws: world.aws,
    signal: world.signal,
    budgetMs: READ_BACK_MS,
    async look() {
      last = planChannel(await gatherAgain(world, plan));
      return channelWrites(last).length > 0 ? undefined : last;
    },
    late: () => lateError(last),
  });
  // The previous value is the one that this run read first.
  const places = seen.places.map((place) => {
    const before = plan.places.find((one) => samePlace(one, place));
    return { ...place, past: before?.past ?? place.past, stays: before?.stays };
  });
  return channelOutcome({ ...seen, places });
}

/** Reads the same images again. */
async function gatherAgain(world: World, { wish, source, places }: ChannelPlan): Promise<ChannelFacts> {
  const again = async (image: Ami): Promise<Ami | null> =>
    (await findAmis(world.aws, image.region, { ids: [image.id] }))[0] ?? null;
  return gatherChannel(world, wish, source, (region) => {
    const image = places.find((one) => one.region === region && one.account === null)?.image ?? null;
    return image === null ? findCopy(world, source, region) : again(image);
  });
}

function lateError({ name, places }: ChannelPlan): BakeError {
  const late = places.find(({ image, writes }) => image === null || writes.length > 0);
  const wanted = late?.image?.id ?? 'the image';
  const found = late?.past.current ?? 'nothing';
  const reason = writesText(late?.writes ?? []);
  return new BakeError('PUBLISH_NOT_TAKEN', { name, region: late?.region ?? '', wanted, found, reason });
}

/** The line of the stage on the screen. */
export function sayChannel({ parameters, notes }: Published): string {
  const [first, ...more] = parameters;
  if (!first) return 'nothing to publish';
  const { name, previous, value } = first;
  const change =
    value !== null && previous === value
      ? `= ${value} already`
      : ` ${previous ?? '(none)'} → ${value ?? '(new)'}`;
  const noun = more.some((entry) => entry.account !== undefined) ? 'more place' : 'more Region';
  const others = more.length === 0 ? '' : ` · and ${count(more.length, noun)}`;
  return [`${name} ${change}${others}`, ...notes].join(' · ');
}
