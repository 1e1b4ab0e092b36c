/** Owns what a channel's past says: which image was there before, and which was taken out again on purpose. Pure. */
import type { ParameterHistoryEntry } from '../aws/parameters.ts';

/** One stay of an image in a channel. */
export interface Stay {
  value: string;
  /** ISO 8601: since when. */
  at: string;
}

export interface Past {
  /** What the channel holds, or null. */
  current: string | null;
  /** ISO 8601: since when. */
  since: string | null;
  /** The parameter's version; 0: it does not exist. */
  version: number;
  /** What it held before, newest first, without what a rollback undid: N steps back is before[N - 1]. */
  before: Stay[];
  /** Images that a rollback took out and nobody put back since. */
  withdrawn: Stay[];
}

/** How an image comes into a channel. */
export type Move = 'publish' | 'promote' | 'rollback';

const ROLLBACK = 'bake rollback';

/** What is written beside a value: the description of the parameter's version, kept in its history. */
export function parameterNote(move: Move, run: string, from?: string): string {
  return `bake ${move}${from === undefined ? '' : ` from ${from}`} (run ${run})`;
}

/**
 * Reads the versions as a pile: a write lays an image on top, a rollback takes away what lies above the one it goes
 * back to. So rolling back twice goes two steps back, not back and forth.
 * @param versions oldest first
 */
export function readPast(versions: readonly ParameterHistoryEntry[]): Past {
  let pile: Stay[] = [];
  let withdrawn: Stay[] = [];
  for (const { value, at, description } of versions) {
    if (pile.at(-1)?.value === value) continue;
    const below = pile.findLastIndex((stay) => stay.value === value);
    if (below !== -1 && description.startsWith(ROLLBACK)) {
      withdrawn.push(...pile.slice(below + 1).map((stay) => ({ value: stay.value, at })));
      pile = pile.slice(0, below + 1);
    } else {
      pile.push({ value, at });
    }
    withdrawn = withdrawn.filter((stay) => stay.value !== value);
  }
  return {
    current: pile.at(-1)?.value ?? null,
    since: pile.at(-1)?.at ?? null,
    version: versions.at(-1)?.version ?? 0,
    before: pile.slice(0, -1).reverse(),
    withdrawn,
  };
}
