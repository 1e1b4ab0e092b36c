/** Lists where images are used: each reference beside the channel that it should follow. Pure. */
import type { ReferenceScope } from '../entries/result.ts';
import type { FollowedChannel } from './channels.ts';
import { currentKey, type ImageFamily, type RotationPlan } from './decide.ts';
import type { Reference } from './format.ts';
import type { RotationFacts } from './gather.ts';

/** An entry of `references` in `bake images --where-used --json`; null where something is not known. */
export interface UsedEntry {
  file: string;
  line: number;
  column: number;
  path: string;
  scope: ReferenceScope | null;
  /** null: `found` holds a value that is not an id. */
  imageId: string | null;
  found: string;
  os: string | null;
  arch: string | null;
  parallelcluster: string | null;
  region: string | null;
  /** The parameter to follow, and the id that it holds. */
  parameter: string | null;
  current: string | null;
  /** indirect: the id comes from elsewhere. unknown: the image is not known. */
  state: 'current' | 'stale' | 'official' | 'unknown' | 'indirect';
  /** Why `bake rotate` leaves it unchanged; null if it moves it or has nothing to move. */
  reason: string | null;
}

/** @param facts gathered without `settled`, so that current references are included */
export function whereUsed(
  { found, families, channels, defaultRegion }: RotationFacts,
  plan: Pick<RotationPlan, 'rotated' | 'unresolved'>,
): UsedEntry[] {
  const known = new Map(families);
  const byValue = new Map(channels.map((channel) => [channel.value, channel]));
  const byKey = new Map(channels.map((channel) => [currentKey(channel.family, channel.region), channel]));
  const moves = new Set(plan.rotated.map(placeOf));
  const reasons = new Map(plan.unresolved.map((one) => [placeOf(one), one.reason]));

  function entry(reference: Reference): UsedEntry[] {
    const { file, line, column, path, scope, id } = reference;
    const region = reference.region ?? defaultRegion;
    const holding = byValue.get(id);
    const family = holding?.family ?? known.get(id);
    const follows = family && byKey.get(currentKey(family, region));
    const reason = reasons.get(placeOf(reference)) ?? otherRegionReason(holding, region);
    const state = stateOf(holding?.region === region, family);
    // The reference belongs to a target outside of this command.
    if (state === 'stale' && !moves.has(placeOf(reference)) && reason === undefined) return [];
    return [
      {
        file,
        line,
        column,
        path,
        scope,
        imageId: id,
        found: id,
        os: family?.os ?? null,
        arch: family?.arch ?? null,
        parallelcluster: family?.parallelcluster ?? null,
        region,
        parameter: follows?.parameter ?? null,
        current: follows?.value ?? null,
        state,
        reason: state === 'current' ? null : (reason ?? null),
      },
    ];
  }

  return found.flatMap(({ references, indirect, cluster }) => [
    ...references.flatMap(entry),
    ...indirect.map(({ file, line, column, path, found: written, reason }): UsedEntry => ({
      file,
      line,
      column,
      path,
      scope: null,
      imageId: null,
      found: written,
      os: cluster.os ?? null,
      arch: null,
      parallelcluster: null,
      region: cluster.region ?? null,
      parameter: null,
      current: null,
      state: 'indirect',
      reason,
    })),
  ]);
}

function stateOf(isCurrent: boolean, family: ImageFamily | undefined): UsedEntry['state'] {
  if (isCurrent) return 'current';
  if (!family) return 'unknown';
  return family.official ? 'official' : 'stale';
}

/** An id that is current in another Region. */
function otherRegionReason(holding: FollowedChannel | undefined, region: string): string | undefined {
  if (!holding || holding.region === region) return undefined;
  return `the image is in ${holding.region}, this cluster in ${region}: write an id of ${region} here`;
}

function placeOf({ file, line, column }: { file: string; line: number; column: number }): string {
  return `${file}\0${line}\0${column}`;
}
