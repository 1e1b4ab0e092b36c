/** Owns the rotation plan: which ids move to which, and why the others stay. Pure: no file, no call, no clock. */
import type { BakeError } from '../errors/bake-error.ts';
import type { RotatedEntry, UnresolvedEntry } from '../pipeline/result.ts';
import type { Edit, Found, Reference } from './format.ts';

/** What kind of image an AMI id is. */
export interface Family {
  os: string;
  arch: string;
  parallelcluster: string;
  /** The Region the image is in, where that is known. */
  region?: string | undefined;
  /** An official ParallelCluster image, not one of ours. */
  official?: boolean | undefined;
}

export interface RotationInput {
  found: readonly Found[];
  /** Old id → its family, by tags and parameter history. */
  families: ReadonlyMap<string, Family>;
  /** `currentKey()` → the id the channel stands at; null: not baked yet (a plan). Others are nobody's business here. */
  current: ReadonlyMap<string, string | null>;
  /** leave: no live cluster takes a new root or head-node image. */
  root: 'leave' | 'rotate';
  /** The Region of configs that name none. */
  defaultRegion: string;
}

export interface RotationPlan {
  edits: Edit[];
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
  /** Files that could not be read; they are left alone. */
  errors: BakeError[];
}

/** The key of `current`: a family in a Region. */
export function currentKey(family: Pick<Family, 'os' | 'arch' | 'parallelcluster'>, region: string): string {
  return `${family.os} ${family.arch} ${family.parallelcluster} ${region}`;
}

/** What rotation would do with the references found. The same input gives the same plan, in the order of the files. */
export function decide(input: RotationInput): RotationPlan {
  const plan: RotationPlan = { edits: [], rotated: [], unresolved: [], errors: [] };
  const currentIds = new Set(input.current.values());
  for (const found of input.found) {
    plan.errors.push(...found.errors);
    const unresolved = [...found.indirect];
    for (const reference of found.references) {
      if (currentIds.has(reference.id)) continue;
      const verdict = judge(reference, input);
      if (verdict === undefined) continue;
      if ('reason' in verdict) unresolved.push(stays(reference, verdict.reason));
      else move(reference, verdict.to, plan);
    }
    plan.unresolved.push(...unresolved.sort((a, b) => a.line - b.line || a.column - b.column));
  }
  return plan;
}

/** undefined: it follows a target that this run is not about. */
function judge(
  reference: Reference,
  input: RotationInput,
): { to: string | null } | { reason: string } | undefined {
  const family = input.families.get(reference.id);
  if (!family) {
    return {
      reason: 'no image family is known for this id: not tagged by a bakery, not in the parameter history',
    };
  }
  if (family.official) {
    return {
      reason: 'an official ParallelCluster image, none of a bakery: write the id of a baked one here first',
    };
  }
  const region = reference.region ?? input.defaultRegion;
  if (family.region !== undefined && family.region !== region) {
    return { reason: `the image is in ${family.region}, this cluster in ${region}` };
  }
  const to = input.current.get(currentKey(family, region));
  if (to === undefined) return undefined;
  const reason = obstacle(reference, family, input.root);
  return reason === undefined ? { to } : { reason };
}

/** Why a stale id must stay where it is. */
function obstacle(reference: Reference, family: Family, root: 'leave' | 'rotate'): string | undefined {
  if (reference.os !== undefined && reference.os !== family.os) {
    return `the image is ${family.os}, this cluster's Image.Os is ${reference.os}: ParallelCluster refuses that`;
  }
  if (reference.scope === 'other') return 'ParallelCluster 3 has no CustomAmi at this place';
  if (root === 'rotate') return undefined;
  const shared = reference.users > 1 ? `; ${reference.users} places share it by alias` : '';
  if (reference.scope === 'root') {
    return `root image: a live cluster cannot change it; needs a new cluster, or Image.CustomAmi per queue${shared}`;
  }
  if (reference.scope === 'head') {
    return `head node image: a live cluster cannot change it; needs a new cluster${shared}`;
  }
  return undefined;
}

function stays({ file, line, column, path, id }: Reference, reason: string): UnresolvedEntry {
  return { file, line, column, path, found: id, reason };
}

function move(
  { file, line, column, path, scope, id, start, end }: Reference,
  to: string | null,
  plan: RotationPlan,
): void {
  plan.rotated.push({ file, line, column, path, scope, from: id, to });
  if (to !== null) plan.edits.push({ file, start, end, from: id, to });
}
