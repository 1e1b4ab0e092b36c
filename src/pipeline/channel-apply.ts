/** Carries out the plan of channel.ts: makes copies, writes each Region in turn, and collects the errors. */
import { untilAvailable, type Ami } from '../aws/images.ts';
import { BakeError, errorsOf } from '../errors/bake-error.ts';
import { targetLabel } from '../os/target.ts';
import { makeCopy } from '../publish/copy.ts';
import { parameterRoot } from '../publish/parameter.ts';
import { readChannelPlace, placeName, samePlace, sessionOf, type ChannelPlace } from '../publish/place.ts';
import { carryOut } from '../publish/write.ts';
import { writesFor, type ChannelPlan, type PlacePlan } from './channel.ts';
import { withLease } from '../run/lease.ts';
import { waitTeller } from './building.ts';
import type { World } from './world.ts';

/**
 * Starts all copies at the same time, because each takes minutes. The writes that succeeded stay if others fail.
 * @throws BakeError PUBLISH_PARTLY with every place, if some of several failed
 */
export async function applyChannel(world: World, plan: ChannelPlan): Promise<void> {
  const { places } = plan;
  const failed: { place: ChannelPlace; error: unknown }[] = [];
  const images = new Map<string, Ami>();
  const own = places.filter(({ account }) => account === null);
  await Promise.all(
    own.map((place) =>
      attempt(place, failed, async () => {
        const image = place.copy ? await copyTo(world, plan, place.region) : place.image;
        if (image === null) return;
        const ready =
          image.state === 'available'
            ? image
            : await untilAvailable(world.aws, place.region, image.id, world.signal);
        images.set(place.region, ready);
      }),
    ),
  );
  await Promise.all(
    own.map(async (place) => {
      const image = images.get(place.region);
      if (image === undefined) return;
      await attempt(place, failed, () => withTurn(world, plan, place, () => writeRegion(image, place)));
    }),
  );
  world.signal.throwIfAborted();
  throwPartly(plan, failed);

  /** Our own account is first, because it shares the image with the others. */
  async function writeRegion(image: Ami, ours: PlacePlan): Promise<void> {
    await writePlace(world, plan, ours, image);
    for (const place of places) {
      if (place.region !== ours.region || place.account === null) continue;
      await attempt(place, failed, () => writePlace(world, plan, place, image));
    }
  }
}

async function attempt(
  place: ChannelPlace,
  failed: { place: ChannelPlace; error: unknown }[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    failed.push({ place, error });
  }
}

async function copyTo(world: World, { source, wish }: ChannelPlan, region: string): Promise<Ami | null> {
  if (source === null) return null;
  return makeCopy(world.aws, source, region, { kmsKey: wish.kms[region], signal: world.signal });
}

async function writePlace(world: World, plan: ChannelPlan, place: PlacePlan, image: Ami): Promise<void> {
  const { wish, name, source, now } = plan;
  let { writes } = place;
  if (place.image === null) {
    // The copy is new, so the plan could not know what it lacks.
    const of = { name, image, past: place.past };
    writes = writesFor(await readChannelPlace(world.aws, place, of, wish.settings), wish, source, now);
  }
  const { emit, signal } = world;
  const { region } = place;
  const aws = sessionOf(world.aws, place, wish.settings.share);
  const shared = place.account !== null;
  await carryOut({ aws, region, name, image: image.id, shared, emit, signal }, writes);
}

/** Holds the channel's lease to compare, write and read back. The versions reveal writers other than bake. */
function withTurn(
  world: World,
  { wish, name, places }: ChannelPlan,
  { region }: ChannelPlace,
  work: () => Promise<void>,
): Promise<void> {
  const here = places.filter((one) => one.region === region);
  const puts = here.some((one) => one.image === null || one.writes.some((write) => write.do === 'put'));
  if (!puts) return work();
  const root = parameterRoot(wish.settings.parameter);
  const target = targetLabel(wish.target);
  const request = {
    aws: world.aws,
    region,
    path: `${root}lock/${name.slice(root.length).replaceAll('/', '-')}`,
    run: world.journal.run,
    work: 'writes the same channel',
    signal: world.signal,
    onWait: waitTeller(world, 'publish', target),
  };
  return withLease(request, work);
}

function throwPartly(
  { wish, places }: ChannelPlan,
  failed: readonly { place: ChannelPlace; error: unknown }[],
): void {
  const [first] = failed;
  if (!first) return;
  const errors = failed.map(({ error }) => errorsOf(error)[0] as BakeError);
  // The only place failed, or all failed for the same reason, so this error says everything.
  const [reason] = errors as [BakeError];
  if (places.length === 1 || reason.code === 'AWS_CREDENTIALS' || reason.exit === 70) throw first.error;
  const done = places.filter((place) => !failed.some((one) => samePlace(one.place, place)));
  const unreached = done.filter(
    (place) =>
      place.account !== null && failed.some((one) => samePlace(one.place, { ...place, account: null })),
  );
  throw new BakeError(
    'PUBLISH_PARTLY',
    {
      target: targetLabel(wish.target),
      done: done.filter((place) => !unreached.includes(place)).map(placeName),
      failed: [
        ...failed.map(({ place }, at) => `${placeName(place)}: ${errors[at]?.message}`),
        ...unreached.map((place) => `${placeName(place)}: waits for its Region`),
      ],
    },
    // The notification of a foreign write uses these errors.
    { cause: errors.find(({ code }) => code === 'CHANNEL_MOVED') ?? first.error },
  );
}
