/**
 * Owns finding out which family each old id is of, and what EC2 knows of the images: by bakery.yaml, the image's own
 * tags, the history of every channel, and last the names that comments give.
 */
import pLimit from 'p-limit';
import { findAmis, type Ami } from '../aws/images.ts';
import { readHistory, readPath } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import { parameterOf, parameterRoot } from '../publish/parameter.ts';
import type { FollowedChannel } from './channels.ts';
import { familyInName, type ImageFamily } from '../os/family.ts';
import { commentFamilies } from './comment-families.ts';
import type { Found } from './format.ts';
import type { ImageFacts } from './obstacles.ts';

/** EC2 takes 200 values a filter (API reference, DescribeImages). */
const IDS_PER_CALL = 200;
/** Histories read side by side. */
const CONCURRENCY = 8;

export interface Asked {
  found: readonly Found[];
  /** Ids at these are current: nobody asks what they are. */
  channels: readonly Pick<FollowedChannel, 'value'>[];
  /** Old id → family, as bakery.yaml says. */
  configured: ReadonlyMap<string, ImageFamily>;
  defaultRegion: string;
}

export interface AskedOfAws extends Asked {
  aws: Session;
  account: string;
  /** `publish.parameter`: what channels are called. */
  template: string;
  /** Where images may be, beside the Regions that references name. */
  regions: readonly string[];
}

export interface Families {
  families: Map<string, ImageFamily>;
  /** What EC2 shows, by id. */
  images: Map<string, ImageFacts>;
}

/** Families of every old id in the files. Nothing is asked where nothing is stale. */
export async function findFamilies(asked: AskedOfAws): Promise<Families> {
  const { aws, account, configured, found } = asked;
  const wanted = oldIds(asked);
  const images = await findImages(aws, wanted, asked.regions);
  const families = new Map<string, ImageFamily>();
  for (const [id, image] of images) {
    const family = familyOf(image, account);
    if (family) families.set(id, family);
  }
  const lost = new Map<string, Set<string>>();
  for (const [region, ids] of wanted) {
    const left = [...ids].filter((id) => !families.has(id) && !configured.has(id));
    if (left.length > 0) lost.set(region, new Set(left));
  }
  for (const [id, family] of await pastFamilies(asked, lost)) families.set(id, family);
  return { families: new Map([...commentFamilies(found), ...families, ...configured]), images };
}

/**
 * What EC2 shows of images. Ids that are not in the Region they are used in are looked for in the other ones, so that
 * it can be said where they are.
 * @param wanted Region → ids used there
 */
export async function findImages(
  aws: Session,
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  regions: readonly string[],
): Promise<Map<string, ImageFacts>> {
  const images = new Map<string, ImageFacts>();
  for (const [region, ids] of wanted) await look(region, [...ids]);
  for (const region of new Set([...wanted.keys(), ...regions])) {
    const away = [...wanted].flatMap(([other, ids]) => (other === region ? [] : [...ids]));
    await look(
      region,
      away.filter((id) => !images.has(id)),
    );
  }
  return images;

  async function look(region: string, ids: readonly string[]): Promise<void> {
    for (let at = 0; at < ids.length; at += IDS_PER_CALL) {
      // By filter: an id that does not exist must not fail the call for the others.
      const filters = { 'image-id': ids.slice(at, at + IDS_PER_CALL) };
      for (const ami of await findAmis(aws, region, { filters })) images.set(ami.id, factsOf(ami));
    }
  }
}

export function factsOf(ami: Ami): ImageFacts {
  return {
    region: ami.region,
    state: ami.state,
    ownerId: ami.ownerId,
    name: ami.name,
    createdAt: ami.createdAt,
    architecture: ami.architecture,
    rootGiB: ami.rootDevice.sizeGiB,
    os: ami.tags['parallelcluster:os'],
    parallelcluster: ami.tags['parallelcluster:version'],
  };
}

/** By its tags, or its name where it is an official one. @param account our own; '' where nobody asked */
export function familyOf(image: ImageFacts, account: string): ImageFamily | undefined {
  const { os, architecture: arch, parallelcluster, region, name } = image;
  if (image.ownerId !== account && name.startsWith('aws-parallelcluster-')) {
    return { os: '', parallelcluster: '', ...familyInName(name), arch, region, official: true };
  }
  if (os === undefined || parallelcluster === undefined) return undefined;
  return { os, arch, parallelcluster, region };
}

/** Region → ids that no channel holds. */
export function oldIds({ found, channels, defaultRegion }: Asked): Map<string, Set<string>> {
  const current = new Set(channels.map(({ value }) => value));
  const wanted = new Map<string, Set<string>>();
  const want = (id: string, region = defaultRegion): void => {
    if (current.has(id)) return;
    const ids = wanted.get(region) ?? new Set();
    wanted.set(region, ids.add(id));
  };
  for (const { references, openings } of found) {
    for (const { id, region } of references) want(id, region);
    for (const { inherits, region } of openings) want(inherits, region);
  }
  return wanted;
}

/** Ids of images long gone, by the history of the channels of the Region they are used in, whatever they are called. */
async function pastFamilies(
  { aws, template }: AskedOfAws,
  lost: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<[string, ImageFamily][]> {
  const limit = pLimit(CONCURRENCY);
  const root = parameterRoot(template);
  const perRegion = [...lost].map(async ([region, ids]) => {
    const names = [...(await readPath(aws, region, root.slice(0, -1) || '/')).keys()].sort();
    const read = names.map((name) =>
      limit(async (): Promise<[string, ImageFamily][]> => {
        const of = parameterOf(template, name);
        if (!of) return [];
        const { os, arch, parallelcluster } = of;
        const values = await readHistory(aws, region, name);
        return values.filter((id) => ids.has(id)).map((id) => [id, { os, arch, parallelcluster, region }]);
      }),
    );
    return (await Promise.all(read)).flat();
  });
  return (await Promise.all(perRegion)).flat();
}
