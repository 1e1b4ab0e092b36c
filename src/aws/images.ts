/** Makes the EC2 calls about AMIs: find, tag, copy, deregister. */
import {
  CopyImageCommand,
  CreateTagsCommand,
  DeregisterImageCommand,
  paginateDescribeImages,
  type CopyImageCommandInput,
  type Image,
} from '@aws-sdk/client-ec2';
import { BakeError } from '../errors/bake-error.ts';
import { canonicalJson } from '../util/canonical.ts';
import { compareText } from '../util/compare.ts';
import { sha256 } from '../util/sha256.ts';
import { isAws } from './errors.ts';
import type { Session } from './session.ts';
import { until } from './until.ts';

/** The data of an AMI that bake needs. */
export interface Ami {
  id: string;
  name: string;
  region: string;
  /** available, pending, failed, deregistered, … */
  state: string;
  /** Why it is in that state, if EC2 tells: the reason of a failed copy. */
  stateReason?: string | undefined;
  architecture: string;
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601; the AMI is deprecated if the date is in the past. */
  deprecatedAt: string | undefined;
  description: string;
  ownerId: string;
  rootDevice: { name: string; type: string; sizeGiB: number | undefined };
  /** The ids of its EBS snapshots; empty for an image that another account shares with us. */
  snapshots: string[];
  /** Whether it is protected against deregistration; EC2 tells only the owner. */
  isProtected: boolean;
  /** The image that it was copied or made from, if EC2 tells. */
  source?: { id: string; region: string } | undefined;
  tags: Record<string, string>;
}

/** What to search for; absent fields do not restrict the search. */
export interface AmiQuery {
  owners?: string[];
  ids?: string[];
  /** EC2 filters: name → values (wildcards * and ?). */
  filters?: Record<string, string[]>;
}

/**
 * The images that match, including deprecated ones (without IncludeDeprecated an official image disappears two years after
 * its release: aws-parallelcluster pull request 4571). Ids that do not exist are missing from the result, without an error.
 */
export async function findAmis(aws: Session, region: string, query: AmiQuery): Promise<Ami[]> {
  const found: Ami[] = [];
  try {
    const pages = paginateDescribeImages(
      { client: aws.ec2(region) },
      {
        IncludeDeprecated: true,
        ...(query.owners ? { Owners: query.owners } : {}),
        ...(query.ids ? { ImageIds: query.ids } : {}),
        ...(query.filters
          ? { Filters: Object.entries(query.filters).map(([Name, Values]) => ({ Name, Values })) }
          : {}),
      },
    );
    for await (const page of pages) found.push(...(page.Images ?? []).map((image) => ami(image, region)));
  } catch (error) {
    const absent = isAws(
      error,
      'InvalidAMIID.NotFound',
      'InvalidAMIID.Unavailable',
      'InvalidAMIID.Malformed',
    );
    if (!absent) throw error;
    // One bad id fails the whole call, so read each id with a call of its own.
    const ids = query.ids ?? [];
    if (ids.length < 2) return [];
    return (await Promise.all(ids.map((id) => findAmis(aws, region, { ...query, ids: [id] })))).flat();
  }
  return found;
}

/** Whether an image will never be usable (EC2 API reference, Image: State). */
export function isDead({ state }: Pick<Ami, 'state'>): boolean {
  return state === 'failed' || state === 'error' || state === 'invalid';
}

export async function tagAmi(
  aws: Session,
  region: string,
  id: string,
  tags: Record<string, string>,
): Promise<void> {
  return tagResources(aws, region, [id], tags);
}

/** Puts the same tags on images and snapshots with one call. */
export async function tagResources(
  aws: Session,
  region: string,
  ids: readonly string[],
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await aws.ec2(region).send(new CreateTagsCommand({ Resources: [...ids], Tags }));
}

/** Deregisters an image of this account and deletes its snapshots. */
export async function removeAmi(aws: Session, region: string, id: string): Promise<void> {
  await aws.ec2(region).send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));
}

/**
 * Starts a copy to `region`. A repeat with the same request and the same `spent` gives the same copy. The request sets
 * the tags, because a copy does not get the tags of its source (aws-parallelcluster issue 5089).
 * @param options spent: ids of earlier copies that cannot be used. They are part of the client token, because for 24
 *   hours EC2 answers a token that it knows with the first copy, failed or not, and refuses it with another request.
 * @returns the id of the new image, which is still pending
 */
export async function copyAmi(
  aws: Session,
  source: Ami,
  region: string,
  options: { spent: readonly string[]; kmsKey: string | undefined },
): Promise<string> {
  const Tags = Object.entries(source.tags)
    .filter(([key]) => !key.startsWith('aws:'))
    .map(([Key, Value]) => ({ Key, Value }));
  const spent = [...options.spent].sort(compareText);
  const request: CopyImageCommandInput = {
    SourceImageId: source.id,
    SourceRegion: source.region,
    Name: copyName(source.name, spent),
    Description: source.description,
    TagSpecifications: [
      { ResourceType: 'image', Tags },
      { ResourceType: 'snapshot', Tags },
    ],
    ...(options.kmsKey === undefined ? {} : { Encrypted: true, KmsKeyId: options.kmsKey }),
  };
  const ClientToken = sha256(canonicalJson({ request, region, spent }));
  const answer = await aws.ec2(region).send(new CopyImageCommand({ ...request, ClientToken }));
  return answer.ImageId ?? '';
}

/** The name of a copy: an earlier copy that cannot be used may still have the name of the source. */
function copyName(name: string, spent: readonly string[]): string {
  if (spent.length === 0) return name;
  // EC2: a name has at most 128 characters (EC2 API reference, CopyImage).
  return `${name.slice(0, 119)}-${sha256(spent.join(' ')).slice(0, 8)}`;
}

/**
 * Waits until an image is available, for up to an hour and a half, because the snapshot of a large volume can take that
 * long.
 * @throws BakeError IMAGE_LOST if the image failed or no longer exists
 */
export async function untilAvailable(
  aws: Session,
  region: string,
  id: string,
  signal: AbortSignal,
): Promise<Ami> {
  return until({
    aws,
    signal,
    budgetMs: 90 * 60_000,
    async look() {
      const [image] = await findAmis(aws, region, { ids: [id] });
      if (image?.state === 'available') return image;
      // A read right after the creation may not see the image yet.
      if (image === undefined || image.state === 'pending') return undefined;
      throw new BakeError('IMAGE_LOST', { id, region, state: image.state, reason: image.stateReason });
    },
    late: () => new BakeError('IMAGE_LOST', { id, region, state: 'still not available' }),
  });
}

function ami(image: Image, region: string): Ami {
  const root = image.BlockDeviceMappings?.find((device) => device.DeviceName === image.RootDeviceName);
  return {
    id: image.ImageId ?? '',
    name: image.Name ?? '',
    region,
    state: image.State ?? 'unknown',
    ...(image.StateReason?.Message === undefined ? {} : { stateReason: image.StateReason.Message }),
    architecture: image.Architecture ?? '',
    createdAt: image.CreationDate ?? '',
    deprecatedAt: image.DeprecationTime,
    description: image.Description ?? '',
    ownerId: image.OwnerId ?? '',
    rootDevice: {
      name: image.RootDeviceName ?? '',
      type: image.RootDeviceType ?? '',
      sizeGiB: root?.Ebs?.VolumeSize,
    },
    snapshots: (image.BlockDeviceMappings ?? []).flatMap((device) => device.Ebs?.SnapshotId ?? []),
    ...(image.SourceImageId === undefined
      ? {}
      : { source: { id: image.SourceImageId, region: image.SourceImageRegion ?? region } }),
    isProtected: (image.DeregistrationProtection ?? 'disabled') !== 'disabled',
    tags: Object.fromEntries((image.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
  };
}
