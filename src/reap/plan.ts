/**
 * Decides which resources are leftovers: they have bake's tag or name, no live run uses them, and no finished image
 * needs them. Pure.
 */
import { VERIFY_TAG } from '../image/verdict.ts';
import { compareText } from '../util/compare.ts';
import {
  leftoverKinds,
  RUN_TAG,
  TARGET_TAG,
  type FoundResource,
  type Leftover,
  type UntaggedLeftovers,
} from './leftover.ts';

export interface ReapRequest {
  region: string;
  found: readonly FoundResource[];
  /** Runs that hold a lease. */
  live: ReadonlySet<string>;
  /** The first 12 hex digits of each fingerprint that is being baked. */
  liveFingerprints: ReadonlySet<string>;
  /** The prefix of the names of bake's images. */
  prefix: string;
  /** How to recognise resources without tags. */
  untagged: readonly UntaggedLeftovers[];
  /** Limits the plan to resources that this run created for this target; absent: those of every dead run. */
  only?: { run: string; target: string } | undefined;
}

/** A run id of src/run/journal.ts. It does not match `by-hand`, the id when a user runs Packer directly. */
const RUN = /^[0-9a-f]{8}$/;

/** The leftovers, in the order in which they can be removed. */
export function planReap(request: ReapRequest): Leftover[] {
  const { region, found } = request;
  return found
    .flatMap((one): Leftover[] => {
      const run = runOf(one, request);
      if (run === undefined || one.held || isFinished(one)) return [];
      const { kind, id, name, createdAt } = one;
      return [{ kind, region, id, name, run, createdAt }];
    })
    .sort((a, b) => leftoverKinds.indexOf(a.kind) - leftoverKinds.indexOf(b.kind) || compareText(a.id, b.id));
}

/** The dead run that created it; '' if it has one of bake's names but no tags; undefined if it is foreign or in use. */
function runOf(
  one: FoundResource,
  { live, liveFingerprints, prefix, untagged, only }: ReapRequest,
): string | undefined {
  const run = one.tags[RUN_TAG] ?? runOfKey(one, untagged);
  if (only) return isOf(one, run, only) ? run : undefined;
  if (run !== undefined) return RUN.test(run) && !live.has(run) ? run : undefined;
  const fingerprint = one.kind === 'image' ? fingerprintOf(one, prefix) : undefined;
  return fingerprint !== undefined && !liveFingerprints.has(fingerprint) ? '' : undefined;
}

function isOf(one: FoundResource, run: string | undefined, only: { run: string; target: string }): boolean {
  if (run !== only.run) return false;
  const target = one.tags[TARGET_TAG];
  if (target !== undefined) return target === only.target;
  // A key pair of an old Packer has no tags, but its name contains the target's name.
  return one.name.includes(only.target);
}

function runOfKey({ kind, name }: FoundResource, untagged: readonly UntaggedLeftovers[]): string | undefined {
  if (kind !== 'key pair') return undefined;
  const prefix = untagged.flatMap(({ keyPrefix }) => keyPrefix ?? []).find((one) => name.startsWith(one));
  return prefix === undefined ? undefined : name.slice(prefix.length).split('-')[0];
}

/** Packer 1.6 tags an image at the very end, so an image whose build was killed earlier has only its name. */
function fingerprintOf({ name, tags }: FoundResource, prefix: string): string | undefined {
  if (Object.keys(tags).some((key) => key.startsWith('bakery:') || key.startsWith('parallelcluster:')))
    return undefined;
  if (!name.startsWith(`${prefix}-`)) return undefined;
  return /^-[a-z0-9]+-(?:x86_64|arm64)-[0-9.]+-([0-9a-f]{12})(?:-[0-9a-f]{8})?$/.exec(
    name.slice(prefix.length),
  )?.[1];
}

/**
 * Whether it is an image that was finished, verified or published, or a snapshot of one: never a leftover. A failed copy
 * has the tags of its finished source, and is one.
 */
function isFinished({ kind, tags, dead }: FoundResource): boolean {
  if (dead) return false;
  if (kind !== 'image' && kind !== 'snapshot') return false;
  return Boolean(tags['bakery:fingerprint'] || tags[VERIFY_TAG] || tags['bakery:channel-history']);
}
