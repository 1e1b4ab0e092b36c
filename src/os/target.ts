/** Owns the target: OS × architecture × ParallelCluster version, and the refusal of those that never existed. */
import { BakeError, type Place } from '../errors/bake-error.ts';
import { nearest } from '../util/nearest.ts';
import { bakeable, findOs } from './index.ts';
import type { Architecture, Os } from './os.ts';
import { compareVersions, newestRelease, regions as knownRegions, releases } from './releases.ts';

export interface Target {
  os: Os;
  arch: Architecture;
  parallelcluster: string;
  /** Why this version, for the person who did not name one. */
  versionReason: string;
  /** A base image id of the user's own, instead of the official one. */
  base: string | undefined;
  /** The first bakes, the others get copies. Never empty. */
  regions: readonly [string, ...string[]];
}

/** A target as somebody wrote it, before it is checked. */
export interface TargetWish {
  os: string;
  arch: string;
  parallelcluster?: string | undefined;
  base?: string | undefined;
  regions: readonly string[];
  places?: TargetPlaces | undefined;
}

/** Where each part was written, for errors. */
export interface TargetPlaces {
  os?: Place | undefined;
  arch?: Place | undefined;
  parallelcluster?: Place | undefined;
  regions?: Place | undefined;
}

/** `alinux2 x86_64`: how a target is named on the screen. */
export function targetLabel(target: { os: { id: string }; arch: string }): string {
  return `${target.os.id} ${target.arch}`;
}

/** `alinux2-x86_64-3.15.1`: how a target is named in files and keys. */
export function targetKey(target: { os: { id: string }; arch: string; parallelcluster: string }): string {
  return `${target.os.id}-${target.arch}-${target.parallelcluster}`;
}

/**
 * Checks a wish against what ParallelCluster ever released; no call is made.
 * Source: facts/parallelcluster.md 1.1, 1.3, 1.4 (aws-parallelcluster: cli/src/pcluster/constants.py of each release).
 * @returns the target, or every finding at once
 */
export function makeTarget(wish: TargetWish): { target: Target } | { errors: BakeError[] } {
  const at = (part: keyof TargetPlaces): { place: Place } => ({ place: wish.places?.[part] ?? {} });
  const os = findOs(wish.os);
  if (!os) {
    return {
      errors: [
        new BakeError(
          'OS_UNKNOWN',
          { os: wish.os, known: [...bakeable], near: nearest(wish.os, bakeable) },
          at('os'),
        ),
      ],
    };
  }
  if (os.legacy)
    return { errors: [new BakeError('OS_LEGACY', { os: os.id, known: [...bakeable] }, at('os'))] };

  const errors: BakeError[] = [];
  const arch = os.architectures.find((known) => known === wish.arch);
  if (!arch) {
    errors.push(
      new BakeError('ARCH_UNKNOWN', { os: os.id, arch: wish.arch, known: os.architectures }, at('arch')),
    );
  }
  const version = wish.parallelcluster ?? os.last ?? newestRelease;
  const versionError = checkVersion(os, version, at('parallelcluster'));
  if (versionError) errors.push(versionError);
  // An image of the user's own may live where ParallelCluster publishes nothing.
  if (!wish.base) {
    for (const region of wish.regions) {
      const since = knownRegions[region];
      if (since === undefined || (!versionError && compareVersions(version, since) < 0)) {
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
      versionReason: versionReason(os, wish.parallelcluster),
      base: wish.base,
      regions: wish.regions as [string, ...string[]],
    },
  };
}

function checkVersion(os: Os, version: string, place: { place: Place }): BakeError | undefined {
  // A release newer than this table may well exist: only what lies inside it can be said never to have been.
  const known = releases.includes(version) || compareVersions(version, newestRelease) > 0;
  if (!known) return new BakeError('VERSION_UNKNOWN', { version, near: releasesNear(version) }, place);
  const tooOld = compareVersions(version, os.first) < 0;
  const tooNew = os.last !== null && compareVersions(version, os.last) > 0;
  if (!tooOld && !tooNew) return undefined;
  return new BakeError('VERSION_WITHOUT_OS', { os: os.id, version, first: os.first, last: os.last }, place);
}

function versionReason(os: Os, asked: string | undefined): string {
  if (asked !== undefined) return 'as asked';
  return os.last === null ? 'the newest' : `the last with ${os.id}`;
}

function near(region: string): string[] {
  const found = nearest(region, Object.keys(knownRegions));
  return found === undefined ? [] : [found];
}

function releasesNear(version: string): string[] {
  const after = releases.findIndex((release) => compareVersions(release, version) > 0);
  const index = after === -1 ? releases.length : after;
  return releases.slice(Math.max(0, index - 2), index + 2);
}
