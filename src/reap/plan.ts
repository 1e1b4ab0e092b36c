/** Owns deciding what a dead run left: ours by tag or by name, of no run that lives, part of no image that counts. Pure. */
import { VERIFY_TAG } from '../image/verdict.ts';
import { KEY_PREFIX } from '../render/packer.ts';
import { compareText } from '../util/compare.ts';
import { leftoverKinds, RUN_TAG, TARGET_TAG, type Found, type Leftover } from './leftover.ts';

export interface ReapRequest {
  region: string;
  found: readonly Found[];
  /** Runs that hold a lease. */
  live: ReadonlySet<string>;
  /** First 12 hex digits of the fingerprints that are being baked. */
  liveFingerprints: ReadonlySet<string>;
  /** How the names of our images begin. */
  prefix: string;
  /** Only what this run made for this target; absent: whatever any dead run left. */
  only?: { run: string; target: string } | undefined;
}

/** As src/run/journal.ts makes them: not the `by-hand` of somebody who runs Packer himself. */
const RUN = /^[0-9a-f]{8}$/;

/** In the order in which they can be removed. */
export function planReap(request: ReapRequest): Leftover[] {
  const { region, found } = request;
  return found
    .flatMap((one): Leftover[] => {
      const run = runOf(one, request);
      if (run === undefined || one.held || counts(one)) return [];
      const { kind, id, name, createdAt } = one;
      return [{ kind, region, id, name, run, createdAt }];
    })
    .sort((a, b) => leftoverKinds.indexOf(a.kind) - leftoverKinds.indexOf(b.kind) || compareText(a.id, b.id));
}

/** The dead run that made it; '' where it has a name of ours and no tags; undefined: it is none of ours, or in use. */
function runOf(one: Found, { live, liveFingerprints, prefix, only }: ReapRequest): string | undefined {
  const run = one.tags[RUN_TAG] ?? runOfKey(one);
  if (only) return isOf(one, run, only) ? run : undefined;
  if (run !== undefined) return RUN.test(run) && !live.has(run) ? run : undefined;
  const fingerprint = one.kind === 'image' ? fingerprintOf(one, prefix) : undefined;
  return fingerprint !== undefined && !liveFingerprints.has(fingerprint) ? '' : undefined;
}

function isOf(one: Found, run: string | undefined, only: { run: string; target: string }): boolean {
  if (run !== only.run) return false;
  const target = one.tags[TARGET_TAG];
  if (target !== undefined) return target === only.target;
  // A key pair of an old Packer has no tags: its name holds the target's.
  return one.name.includes(only.target);
}

function runOfKey({ kind, name }: Found): string | undefined {
  if (kind !== 'key pair' || !name.startsWith(KEY_PREFIX)) return undefined;
  return name.slice(KEY_PREFIX.length).split('-')[0];
}

/** Packer sets tags last, so an image of a killed build may have only its name (hashicorp/packer-plugin-amazon:builder/ebs/builder.go). */
function fingerprintOf({ name, tags }: Found, prefix: string): string | undefined {
  if (Object.keys(tags).some((key) => key.startsWith('bakery:') || key.startsWith('parallelcluster:')))
    return undefined;
  if (!name.startsWith(`${prefix}-`)) return undefined;
  return /^-[a-z0-9]+-(?:x86_64|arm64)-[0-9.]+-([0-9a-f]{12})(?:-[0-9a-f]{8})?$/.exec(
    name.slice(prefix.length),
  )?.[1];
}

/** An image that was finished, judged or published, and its snapshots: never a leftover, whatever became of its run. */
function counts({ kind, tags }: Found): boolean {
  if (kind !== 'image' && kind !== 'snapshot') return false;
  return Boolean(tags['bakery:fingerprint'] || tags[VERIFY_TAG] || tags['bakery:channel-history']);
}
