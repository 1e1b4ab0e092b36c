/**
 * Finds the reasons why an image cannot be used at a place: those for which ParallelCluster or EC2 would refuse it
 * later. Pure.
 */
import { architectureOf } from '../cluster/architecture.ts';
import { familyText, type ImageFamily } from '../os/family.ts';
import type { Reference } from './format.ts';

/** The facts of an image from EC2. */
export interface ImageFacts {
  region: string;
  /** available, pending, failed, … */
  state: string;
  ownerId: string;
  name: string;
  /** ISO 8601. */
  createdAt: string;
  architecture: string;
  /** The size of the root volume in GiB. */
  rootGiB?: number | undefined;
  /** The tags `parallelcluster:os` and `parallelcluster:version`. */
  os?: string | undefined;
  parallelcluster?: string | undefined;
}

export interface Question {
  spot: Pick<Reference, 'os' | 'parallelcluster' | 'rootVolumeGiB' | 'instanceTypes'>;
  /** The Region of the cluster; undefined if it is not known. */
  region: string | undefined;
  /** The new image; null: not baked yet. */
  to: string | null;
  /** The family of the old image, if it is known. */
  family: ImageFamily | undefined;
  /** undefined: EC2 was not asked. */
  images: ReadonlyMap<string, ImageFacts> | undefined;
}

/**
 * Returns why the new image cannot be used here; undefined if no reason is known.
 * Sources: aws-parallelcluster:cli/src/pcluster/validators/ec2_validators.py (AmiOsCompatibleValidator,
 * InstanceTypeBaseAMICompatibleValidator), cluster_validators.py (CustomAmiTagValidator, RootVolumeSizeValidator).
 */
export function imageObstacle({ spot, region, to, family, images }: Question): string | undefined {
  const image = to === null ? undefined : images?.get(to);
  if (to !== null && images && !image) {
    return `EC2 does not show ${to}${region === undefined ? '' : ` in ${region}`}: it is deleted, disabled, not shared with this account, or in another Region; publish or share it first`;
  }
  return (
    (image && to !== null ? unusable(to, image, region) : undefined) ??
    (image && to !== null ? stranger(to, image, family) : undefined) ??
    misfit(spot, image, family)
  );
}

function unusable(to: string, image: ImageFacts, region: string | undefined): string | undefined {
  if (region !== undefined && image.region !== region) {
    return `${to} is in ${image.region}, this cluster in ${region}: copy it there first`;
  }
  if (image.state === 'available') return undefined;
  const next = image.state === 'pending' ? 'run this again when it is available' : 'choose another image';
  return `${to} is ${image.state}: ${next}`;
}

/** The new image belongs to another family than the old one. */
function stranger(to: string, image: ImageFacts, family: ImageFamily | undefined): string | undefined {
  if (!family) return undefined;
  const now: ImageFamily = {
    os: image.os ?? family.os,
    arch: image.architecture,
    parallelcluster: image.parallelcluster ?? family.parallelcluster,
  };
  if (familyText(now) === familyText(family)) return undefined;
  return `${to} is ${familyText(now)}, the image here ${familyText(family)}: one never replaces the other`;
}

/** The place requires something else. */
function misfit(
  { os, parallelcluster, rootVolumeGiB, instanceTypes }: Question['spot'],
  image: ImageFacts | undefined,
  family: ImageFamily | undefined,
): string | undefined {
  const itsOs = image?.os ?? family?.os;
  if (os !== undefined && itsOs !== undefined && os !== itsOs) {
    return `the image is ${itsOs}, this cluster's Image.Os is ${os}: ParallelCluster refuses that`;
  }
  const release = image?.parallelcluster ?? family?.parallelcluster;
  if (parallelcluster !== undefined && release !== undefined && parallelcluster !== release) {
    return `the image is for ParallelCluster ${release}, this cluster is ${parallelcluster}: its nodes would not start`;
  }
  const arch = image?.architecture ?? family?.arch;
  const other = instanceTypes?.find((type) => {
    const its = architectureOf(type);
    return its !== undefined && arch !== undefined && its !== arch;
  });
  if (other !== undefined) {
    return `the image is ${arch}, ${other} beside it is ${architectureOf(other)}: no node would start`;
  }
  const size = image?.rootGiB;
  if (rootVolumeGiB !== undefined && size !== undefined && size > rootVolumeGiB) {
    return `the image's root volume has ${size} GiB, RootVolume.Size beside it says ${rootVolumeGiB}: raise that first`;
  }
  return undefined;
}
