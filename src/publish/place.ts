/** Reads the state of a channel in one place: its parameter, and the wanted image. */
import { readLaunchPermissions, readSnapshotTags, readVolumePermissions } from '../aws/image-attributes.ts';
import { asRole } from '../aws/identity.ts';
import { findAmis, type Ami } from '../aws/images.ts';
import { readPath, readVersions } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import type { ChannelPlaceFacts } from './finish.ts';
import { readPast, type Past } from './history.ts';
import { parameterRoot } from './parameter.ts';
import { granteesOf, roleIn, type ShareSettings } from './share.ts';

/** A Region of our own account, or of an account with its own parameters. */
export interface ChannelPlace {
  region: string;
  /** null: our own. */
  account: string | null;
}

/** The settings that decide what is read. */
export interface PlaceSettings {
  /** The template, `/hpc/ami/{channel}/…`. */
  parameter: string;
  share: ShareSettings;
  deprecateAfterDays: number | null;
}

/** Our own account in each Region, then the other accounts that get parameters. */
export function placesOf(regions: readonly string[], share: ShareSettings): ChannelPlace[] {
  const others = share.role === null ? [] : share.accounts;
  return regions.flatMap((region) => [
    { region, account: null },
    ...others.map((account) => ({ region, account })),
  ]);
}

export function samePlace(a: ChannelPlace, b: ChannelPlace): boolean {
  return a.region === b.region && a.account === b.account;
}

/** The name of a place in messages. */
export function placeName({ region, account }: ChannelPlace): string {
  return account === null ? region : `${region} in account ${account}`;
}

export function sessionOf(aws: Session, { region, account }: ChannelPlace, share: ShareSettings): Session {
  return account === null ? aws : asRole(aws, region, roleIn(share, account), 'bakery-publish');
}

/** Reads the history of a channel in a place. */
export async function readPlace(
  aws: Session,
  place: ChannelPlace,
  name: string,
  share: ShareSettings,
): Promise<Past> {
  return readPast(await readVersions(sessionOf(aws, place, share), place.region, name));
}

/** The facts of a place where only the parameter matters. */
export function bareFacts(
  place: ChannelPlace,
  { image, past }: { image: Ami | null; past: Past },
): ChannelPlaceFacts {
  return { ...place, image, past, launch: [], volumes: [], snapshotTags: [], leaving: [] };
}

/** Reads everything that decides which writes put `image` into the parameter `name`. */
export async function readChannelPlace(
  aws: Session,
  place: ChannelPlace,
  of: { name: string; image: Ami | null; past: Past },
  settings: PlaceSettings,
): Promise<ChannelPlaceFacts> {
  const facts = bareFacts(place, of);
  const { image } = of;
  if (image === null) return facts;
  const { share } = settings;
  if (place.account !== null) {
    // Each account has its own tags on an image, which the others do not see.
    const [seen] = await findAmis(sessionOf(aws, place, share), place.region, { ids: [image.id] });
    return { ...facts, image: { ...image, tags: seen?.tags ?? {} } };
  }
  const { region } = place;
  const [tags, launch, volumes, leaving] = await Promise.all([
    readSnapshotTags(aws, region, image.snapshots),
    granteesOf(share).length === 0 ? [] : readLaunchPermissions(aws, region, image.id),
    share.accounts.length === 0
      ? []
      : Promise.all(
          image.snapshots.map(async (id): Promise<[string, string[]]> => [
            id,
            await readVolumePermissions(aws, region, id),
          ]),
        ),
    settings.deprecateAfterDays === null ? [] : findLeaving(aws, region, of, settings.parameter),
  ]);
  return { ...facts, launch, volumes, snapshotTags: [...tags], leaving };
}

/** The current image and the last ones before it, unless another channel still holds them. */
async function findLeaving(
  aws: Session,
  region: string,
  { name, image, past }: { name: string; image: Ami | null; past: Past },
  template: string,
): Promise<string[]> {
  const before = past.current === image?.id ? past.before : [{ value: past.current ?? '' }, ...past.before];
  const gone = [...before.slice(0, 2), ...past.withdrawn].map(({ value }) => value);
  const ids = [...new Set(gone)].filter((id) => id.startsWith('ami-') && id !== image?.id);
  if (ids.length === 0) return [];
  // With a filter, because then an id that no longer exists is not an error.
  const found = await findAmis(aws, region, { owners: ['self'], filters: { 'image-id': ids } });
  const undated = found.filter((one) => one.deprecatedAt === undefined).map((one) => one.id);
  if (undated.length === 0) return [];
  const parameters = await readPath(aws, region, parameterRoot(template).slice(0, -1) || '/');
  const held = new Set([...parameters].filter(([other]) => other !== name).map(([, value]) => value));
  return undated.filter((id) => !held.has(id));
}
