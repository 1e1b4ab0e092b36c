/**
 * Owns which image is the official one, exactly as `pcluster` chooses it.
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
 * Of the hits: not deprecated before deprecated, then the newest; equal dates (3.11.1 has such a pair, #6564) go by id,
 * so that two runs choose alike.
 */
export function chooseOfficial(candidates: readonly Ami[], now: Date): Ami | undefined {
  return candidates
    .filter((image) => image.state === 'available')
    .sort((a, b) => Number(isDeprecated(a, now)) - Number(isDeprecated(b, now)) || newestFirst(a, b))[0];
}

/** Equal dates go by id, so that the order never hangs on how the images came. */
export function newestFirst(a: Ami, b: Ami): number {
  return compareText(b.createdAt, a.createdAt) || compareText(a.id, b.id);
}

export function isDeprecated(image: Ami, now: Date): boolean {
  return image.deprecatedAt !== undefined && Date.parse(image.deprecatedAt) <= now.getTime();
}

/** Why a base image cannot serve the target, or undefined. Tags of somebody else's image are not visible: no tag, no word. */
export function unfitReason(
  image: Ami,
  target: Pick<Target, 'os' | 'arch' | 'parallelcluster'>,
): string | undefined {
  const { os, arch, parallelcluster } = target;
  if (image.state !== 'available') return `it is ${image.state}`;
  if (image.architecture !== arch) return `its architecture is ${image.architecture}, the target's ${arch}`;
  if (image.rootDevice.type !== 'ebs') return `its root device is ${image.rootDevice.type}, not ebs`;
  const version = image.tags['parallelcluster:version'];
  // A node refuses to boot when .bootstrapped differs from the cluster's version (facts/parallelcluster.md 3.2).
  if (version !== undefined && version !== parallelcluster) {
    return `it was built by ParallelCluster ${version}, the target is ${parallelcluster}`;
  }
  const itsOs = image.tags['parallelcluster:os'];
  if (itsOs !== undefined && itsOs !== os.id) return `its OS is ${itsOs}, the target's ${os.id}`;
  return undefined;
}
