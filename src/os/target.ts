/** Makes a target (OS × architecture × ParallelCluster version), and refuses combinations that do not exist. */
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import { nearest } from '../util/nearest.ts';
import { bakeable, findOs } from './index.ts';
import type { Architecture, Os } from './os.ts';
import { compareReleases, newestRelease, supportedRegions as knownRegions, releases } from './releases.ts';

export interface Target {
  os: Os;
  arch: Architecture;
  parallelcluster: string;
  /** Why bake chose this version, for users who did not name one. */
  versionReason: string;
  /** The id of a base image of the user's own, instead of the official one. */
  base: string | undefined;
  /** bake bakes in the first Region and copies to the others. Never empty. */
  regions: readonly [string, ...string[]];
}

/** A target as the user wrote it, before it is checked. */
export interface TargetRequest {
  os: string;
  arch: string;
  parallelcluster?: string | undefined;
  base?: string | undefined;
  regions: readonly string[];
  places?: TargetFilePlaces | undefined;
}

/** Where the user wrote each part, for errors. */
export interface TargetFilePlaces {
  os?: FilePlace | undefined;
  arch?: FilePlace | undefined;
  parallelcluster?: FilePlace | undefined;
  regions?: FilePlace | undefined;
}

/** `alinux2 x86_64`: the name of a target on the screen. */
export function targetLabel(target: { os: { id: string }; arch: string }): string {
  return `${target.os.id} ${target.arch}`;
}

/** `alinux2-x86_64-3.15.1`: the name of a target in files and keys. */
export function targetKey(target: { os: { id: string }; arch: string; parallelcluster: string }): string {
  return `${target.os.id}-${target.arch}-${target.parallelcluster}`;
}

/**
 * Checks a requested target against all ParallelCluster releases, without an AWS call.
 * Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release.
 * @returns the target, or all errors at once
 */
export function makeTarget(request: TargetRequest): { target: Target } | { errors: BakeError[] } {
  const at = (part: keyof TargetFilePlaces): { place: FilePlace } => ({
    place: request.places?.[part] ?? {},
  });
  const os = findOs(request.os);
  if (!os) {
    return {
      errors: [
        new BakeError(
          'OS_UNKNOWN',
          { os: request.os, known: [...bakeable], near: nearest(request.os, bakeable) },
          at('os'),
        ),
      ],
    };
  }
  if (os.legacy)
    return { errors: [new BakeError('OS_LEGACY', { os: os.id, known: [...bakeable] }, at('os'))] };

  const errors: BakeError[] = [];
  const arch = os.architectures.find((known) => known === request.arch);
  if (!arch) {
    errors.push(
      new BakeError('ARCH_UNKNOWN', { os: os.id, arch: request.arch, known: os.architectures }, at('arch')),
    );
  }
  const version = request.parallelcluster ?? os.last ?? newestRelease;
  const versionError = checkVersion(os, version, at('parallelcluster'));
  if (versionError) errors.push(versionError);
  // A base image of the user's own may be in a Region without official images.
  if (!request.base) {
    for (const region of request.regions) {
      const since = knownRegions[region];
      if (since === undefined || (!versionError && compareReleases(version, since) < 0)) {
        errors.push(new BakeError('REGION_UNKNOWN', { region, near: near(region) }, at('regions')));
      }
    }
    if (!os.official) errors.push(new BakeError('BASE_NEEDED', { os: os.id }, at('os')));
  }
  if (errors.length > 0 || !arch) return { errors };
  return {
    target: {
      os,
      arch,
      parallelcluster: version,
      versionReason: versionReason(os, request.parallelcluster),
      base: request.base,
      regions: request.regions as [string, ...string[]],
    },
  };
}

function checkVersion(os: Os, version: string, place: { place: FilePlace }): BakeError | undefined {
  // A release that is newer than this table may exist, so only older unknown versions are refused.
  const known = releases.includes(version) || compareReleases(version, newestRelease) > 0;
  if (!known)
    return new BakeError(
      'VERSION_UNKNOWN',
      { version, near: releasesNear(version), known: releasesOf(os) },
      place,
    );
  const tooOld = compareReleases(version, os.first) < 0;
  const tooNew = os.last !== null && compareReleases(version, os.last) > 0;
  if (!tooOld && !tooNew) return undefined;
  return new BakeError(
    'VERSION_WITHOUT_OS',
    { os: os.id, version, first: os.first, last: os.last, known: releasesOf(os) },
    place,
  );
}

/** The releases with this OS. */
function releasesOf({ first, last }: Os): string[] {
  return releases.filter(
    (one) => compareReleases(one, first) >= 0 && (last === null || compareReleases(one, last) <= 0),
  );
}

function versionReason(os: Os, asked: string | undefined): string {
  if (asked !== undefined) return 'as requested';
  return os.last === null ? 'the newest' : `the last release with ${os.id}`;
}

function near(region: string): string[] {
  const found = nearest(region, Object.keys(knownRegions));
  return found === undefined ? [] : [found];
}

function releasesNear(version: string): string[] {
  const after = releases.findIndex((release) => compareReleases(release, version) > 0);
  const index = after === -1 ? releases.length : after;
  return releases.slice(Math.max(0, index - 2), index + 2);
}
