/**
 * Chooses the official image of a target, exactly as `pcluster` does.
 * Source: aws-parallelcluster:cli/src/pcluster/aws/ec2.py (get_official_image_id, _find_valid_official_image).
 */
import type { Ami, AmiQuery } from '../aws/images.ts';
import { compareText } from '../util/compare.ts';
import type { Target } from './target.ts';

export function officialQuery(target: Pick<Target, 'os' | 'arch' | 'parallelcluster'>): AmiQuery {
  const name = `aws-parallelcluster-${target.parallelcluster}-${target.os.namePart}-${target.arch}*`;
  return { owners: ['amazon'], filters: { name: [name] } };
}

/**
 * Chooses an image that is not deprecated if there is one, then the newest. Two images of the same date are ordered by id
 * (aws-parallelcluster issue 6564: 3.11.1 has such a pair), so that every run chooses the same one.
 */
export function chooseOfficial(candidates: readonly Ami[], now: Date): Ami | undefined {
  return candidates
    .filter((image) => image.state === 'available')
    .sort((a, b) => Number(isDeprecated(a, now)) - Number(isDeprecated(b, now)) || newestAmiFirst(a, b))[0];
}

/** Orders images by date, newest first, and images of the same date by id, so that the order is the same in every run. */
export function newestAmiFirst(a: Ami, b: Ami): number {
  return compareText(b.createdAt, a.createdAt) || compareText(a.id, b.id);
}

export function isDeprecated(image: Ami, now: Date): boolean {
  return image.deprecatedAt !== undefined && Date.parse(image.deprecatedAt) <= now.getTime();
}

/** Why a base image does not fit the target, or undefined. Tags of another account's image are not visible, so a missing tag is no reason. */
export function unfitReason(
  image: Ami,
  target: Pick<Target, 'os' | 'arch' | 'parallelcluster'>,
): string | undefined {
  const { os, arch, parallelcluster } = target;
  if (image.state !== 'available') return `it is ${image.state}`;
  if (image.architecture !== arch) return `its architecture is ${image.architecture}, the target's ${arch}`;
  if (image.rootDevice.type !== 'ebs') return `its root device is ${image.rootDevice.type}, not ebs`;
  const version = image.tags['parallelcluster:version'];
  // A node refuses to boot if .bootstrapped differs from the version of its cluster (aws-parallelcluster:cli/src/pcluster/resources/head_node/user_data.sh).
  if (version !== undefined && version !== parallelcluster) {
    return `it was built by ParallelCluster ${version}, the target is ${parallelcluster}`;
  }
  const itsOs = image.tags['parallelcluster:os'];
  if (itsOs !== undefined && itsOs !== os.id) return `its OS is ${itsOs}, the target's ${os.id}`;
  return undefined;
}
