/**
 * The official ParallelCluster images. They never change, so they are computed with the first request for a Region
 * instead of stored. Names: aws-parallelcluster:cli/src/pcluster/aws/ec2.py and constants.py
 * (OS_TO_IMAGE_NAME_PART_MAP); the rest: the pages of github.com/aws/aws-parallelcluster/releases.
 */
import { operatingSystems } from '../os/index.ts';
import type { Architecture, Os } from '../os/os.ts';
import { compareReleases, newestRelease, releases, supportedRegions } from '../os/releases.ts';
import { derivedId } from './ids.ts';
import { partitionOf } from '../os/releases.ts';
import { releaseDates } from './releases.ts';
import type { ImageRow } from './tables.ts';

/** The publishing accounts (aws-parallelcluster:util/generate-ami-list.py); those of the isolated partitions are unknown. */
const OWNERS: Readonly<Record<string, string>> = {
  aws: '247102896272',
  'aws-us-gov': '124026578433',
  'aws-cn': '036028979999',
};

/** This release has two images for each OS and architecture (aws/aws-parallelcluster#6564). */
const RELEASE_WITH_TWO_IMAGES = '3.11.1';

const known = new Map<string, ReadonlyMap<string, ImageRow>>();

/** The official images of a Region by id; empty in a Region without any. */
export function officialImages(region: string): ReadonlyMap<string, ImageRow> {
  const found = known.get(region);
  if (found) return found;
  const images = new Map(makeImages(region).map((row) => [row.id, row]));
  known.set(region, images);
  return images;
}

/** The newest official image of an OS, architecture and release. */
export function officialImage(
  region: string,
  os: string,
  arch: Architecture,
  version: string,
): ImageRow | undefined {
  return [...officialImages(region).values()].findLast(
    ({ architecture, disk }) => architecture === arch && disk?.os === os && disk.parallelcluster === version,
  );
}

function makeImages(region: string): ImageRow[] {
  const since = supportedRegions[region];
  if (since === undefined) return [];
  return releases
    .filter((release) => compareReleases(release, since) >= 0)
    .flatMap((release) =>
      operatingSystems
        .filter((os) => os.official && hasImage(os, release))
        .flatMap((os) => os.architectures.flatMap((arch) => imagesOf(region, os, arch, release))),
    );
}

function hasImage(os: Os, release: string): boolean {
  return compareReleases(release, os.first) >= 0 && compareReleases(release, os.last ?? newestRelease) <= 0;
}

function imagesOf(region: string, os: Os, arch: Architecture, release: string): ImageRow[] {
  const first = Date.parse(`${releaseDates[release]}T13:40:45.464Z`);
  const times = release === RELEASE_WITH_TWO_IMAGES ? [first, first + 37 * 60_000] : [first];
  return times.map((time) => makeImage(region, os, arch, release, new Date(time)));
}

function makeImage(region: string, os: Os, arch: Architecture, release: string, created: Date): ImageRow {
  const iso = created.toISOString();
  const stamp = iso.slice(0, 16).replace(/[-T:]/g, '');
  // Real names end in a build stamp, a space, and the date with dashes instead of colons.
  const name = `aws-parallelcluster-${release}-${os.namePart}-${arch}-${stamp} ${iso.replace(/:/g, '-')}`;
  const deprecated = new Date(created);
  deprecated.setUTCFullYear(deprecated.getUTCFullYear() + 2);
  const rootDevice = os.family === 'debian' ? '/dev/sda1' : '/dev/xvda';
  return {
    region,
    id: derivedId('ami', `sandbox official ${name} ${region}`),
    name,
    description: `AWS ParallelCluster AMI for ${os.id}, ${arch}, release ${release}`,
    ownerId: OWNERS[partitionOf(region)] ?? '247102896272',
    ownerAlias: 'amazon',
    public: true,
    architecture: arch,
    createdAt: iso,
    deprecatedAt: deprecated.toISOString(),
    rootDevice,
    devices: [
      {
        device: rootDevice,
        snapshotId: derivedId('snap', `sandbox official ${name} ${region}`),
        sizeGiB: rootSize(release),
        type: 'gp2',
        encrypted: false,
        deleteOnTermination: true,
      },
    ],
    permissions: [{ Group: 'all' }],
    disk: { os: os.id, parallelcluster: release },
  };
}

/**
 * Default root volume in GiB: 35, 40 from 3.7.0 on (aws-parallelcluster:CHANGELOG.md), 50 from 3.16.2 on (its page in
 * github.com/aws/aws-parallelcluster/releases). Which release changed it to 45 is unknown; 3.10.0 is a guess.
 */
function rootSize(release: string): number {
  if (compareReleases(release, '3.7.0') < 0) return 35;
  if (compareReleases(release, '3.10.0') < 0) return 40;
  return compareReleases(release, '3.16.2') < 0 ? 45 : 50;
}
