/**
 * Finds the family of each old id, and the facts of images in EC2. The sources are bakery.yaml, the image's own tags,
 * the history of every channel, and finally the names in comments.
 */
import pLimit from 'p-limit';
import { findAmis, type Ami } from '../aws/images.ts';
import { readHistory, readPath } from '../aws/parameters.ts';
import type { Session } from '../aws/session.ts';
import { parameterOf, parameterRoot } from '../publish/parameter.ts';
import type { FollowedChannel } from './channels.ts';
import { familyInName, type ImageFamily } from '../os/family.ts';
import { commentFamilies } from './comment-families.ts';
import type { FileFindings } from './format.ts';
import type { ImageFacts } from './obstacles.ts';

/** EC2 accepts 200 values in a filter (API reference, DescribeImages). */
const IDS_PER_CALL = 200;
/** The number of histories that are read at the same time. */
const CONCURRENCY = 8;

export interface Asked {
  found: readonly FileFindings[];
  /** The ids that these hold are current, so their family is not needed. */
  channels: readonly Pick<FollowedChannel, 'value'>[];
  /** The families that bakery.yaml gives to old ids. */
  configured: ReadonlyMap<string, ImageFamily>;
  defaultRegion: string;
}

export interface AskedOfAws extends Asked {
  aws: Session;
  account: string;
  /** `publish.parameter`, the template for the names of channels. */
  template: string;
  /** The Regions in which images can be, beside those that references name. */
  regions: readonly string[];
}

export interface Families {
  families: Map<string, ImageFamily>;
  /** The images that EC2 shows, by id. */
  images: Map<string, ImageFacts>;
}

/** Finds the family of each old id in the files. Without stale ids, no call is made. */
export async function findFamilies(asked: AskedOfAws): Promise<Families> {
  const { aws, account, configured, found } = asked;
  const wanted = oldIds(asked);
  const images = await findImages(aws, wanted, asked.regions);
  const families = new Map<string, ImageFamily>();
  for (const [id, image] of images) {
    const family = familyOfImage(image, account);
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
 * Reads the images from EC2. Ids that are missing in the Region of their use are looked for in the other Regions, so
 * that messages can name the right one.
 * @param wanted the ids by the Region of their use
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
      // With a filter, an id that does not exist does not fail the call for the others.
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

/**
 * Reads the family from the tags, or from the name of an official image. @param account our own account; '' if it is
 * not known
 */
export function familyOfImage(image: ImageFacts, account: string): ImageFamily | undefined {
  const { os, architecture: arch, parallelcluster, region, name } = image;
  if (image.ownerId !== account && name.startsWith('aws-parallelcluster-')) {
    return { os: '', parallelcluster: '', ...familyInName(name), arch, region, official: true };
  }
  if (os === undefined || parallelcluster === undefined) return undefined;
  return { os, arch, parallelcluster, region };
}

/** The ids by Region that no channel holds. */
export function oldIds({ found, channels, defaultRegion }: Asked): Map<string, Set<string>> {
  const current = new Set(channels.map(({ value }) => value));
  const wanted = new Map<string, Set<string>>();
  const want = (id: string, region = defaultRegion): void => {
    if (current.has(id)) return;
    const ids = wanted.get(region) ?? new Set();
    wanted.set(region, ids.add(id));
  };
  for (const { references, openings, strays = [] } of found) {
    for (const { id, region } of references) want(id, region);
    for (const { id } of strays) want(id);
    for (const { inherits, region } of openings) want(inherits, region);
  }
  return wanted;
}

/** Finds deleted images in the histories of all channels of the Region where the ids are used. */
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
