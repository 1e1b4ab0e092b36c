/** Finds candidates for leftovers: every resource in a Region that has a run tag or one of bake's names. */
import { findAmis, isDead } from '../aws/images.ts';
import {
  findLiveInstances,
  findKeyPairs,
  findLooseVolumes,
  findSecurityGroups,
  findSnapshots,
  type TaggedResource,
} from '../aws/leftovers.ts';
import type { Session } from '../aws/session.ts';
import type { FoundResource, LeftoverKind, UntaggedLeftovers } from './leftover.ts';
import { RUN_TAG } from './leftover.ts';

/** Most values of one filter (EC2 API reference, Filter). */
const VALUES = 200;
const TAGGED = { 'tag-key': [RUN_TAG] };

/** A security group that the log of a run names. */
export interface NamedGroup {
  name: string;
  tags: Record<string, string>;
}

/**
 * @param prefix the prefix of the names of bake's images
 * @param by `logged`: security groups that the logs of runs name; `untagged`: how to recognise resources without tags
 */
export async function findLeftovers(
  aws: Session,
  region: string,
  prefix: string,
  by: { logged: readonly NamedGroup[]; untagged: readonly UntaggedLeftovers[] },
): Promise<FoundResource[]> {
  const [instances, volumes, tagged, named, snapshots, taggedKeys, namedKeys, groups, byName] =
    await Promise.all([
      findLiveInstances(aws, region, TAGGED),
      findLooseVolumes(aws, region, TAGGED),
      findAmis(aws, region, { owners: ['self'], filters: TAGGED }),
      findAmis(aws, region, { owners: ['self'], filters: { name: [`${prefix}-*`] } }),
      findSnapshots(aws, region, TAGGED),
      findKeyPairs(aws, region, TAGGED),
      findNamedKeys(aws, region, by.untagged),
      findSecurityGroups(aws, region, TAGGED),
      findNamed(aws, region, by.logged),
    ]);
  const images = unique([...tagged, ...named]);
  const held = new Set(images.flatMap((image) => image.snapshots));
  // A group without tags is identified by its instance and gets the instance's tags.
  const ofInstances = instances.flatMap(({ groups: has, tags }) =>
    Object.entries(has)
      .filter(
        ([id, name]) =>
          by.untagged.some(({ groupName }) => groupName?.test(name)) &&
          !groups.some((group) => group.id === id),
      )
      .map(([id, name]) => ({ id, name, createdAt: '', tags })),
  );
  return [
    ...all('instance', instances),
    ...all('volume', volumes),
    ...images.flatMap((image) => all('image', [image]).map((one) => ({ ...one, dead: isDead(image) }))),
    ...all('snapshot', snapshots, held),
    ...all('key pair', unique([...taggedKeys, ...namedKeys])),
    ...all('security group', unique([...groups, ...ofInstances, ...byName])),
  ];
}

async function findNamedKeys(
  aws: Session,
  region: string,
  untagged: readonly UntaggedLeftovers[],
): Promise<TaggedResource[]> {
  const names = untagged.flatMap(({ keyPrefix }) => (keyPrefix === undefined ? [] : [`${keyPrefix}*`]));
  return names.length === 0 ? [] : findKeyPairs(aws, region, { 'key-name': names });
}

async function findNamed(
  aws: Session,
  region: string,
  logged: readonly NamedGroup[],
): Promise<TaggedResource[]> {
  const tags = new Map(logged.map((group) => [group.name, group.tags]));
  const names = [...tags.keys()];
  const found: TaggedResource[] = [];
  for (let at = 0; at < names.length; at += VALUES) {
    const some = await findSecurityGroups(aws, region, { 'group-name': names.slice(at, at + VALUES) });
    found.push(...some.map((group) => ({ ...group, tags: { ...tags.get(group.name), ...group.tags } })));
  }
  return found;
}

function all(
  kind: LeftoverKind,
  things: readonly TaggedResource[],
  held = new Set<string>(),
): FoundResource[] {
  return things.map(({ id, name, createdAt, tags }) => ({
    kind,
    id,
    name,
    createdAt,
    tags,
    held: held.has(id),
    dead: false,
  }));
}

function unique<T extends { id: string }>(things: readonly T[]): T[] {
  return [...new Map(things.map((thing) => [thing.id, thing])).values()];
}
