/** Reads the history of a channel: the images that it held, and those that a rollback withdrew. Pure. */
import type { ParameterHistoryEntry } from '../aws/parameters.ts';

/** A period in which a channel held an image. */
export interface Stay {
  value: string;
  /** When it began, in ISO 8601. */
  at: string;
}

export interface Past {
  /** The current image; null: none. */
  current: string | null;
  /** When it began, in ISO 8601. */
  since: string | null;
  /** The parameter's version; 0: it does not exist. */
  version: number;
  /** The images before it, newest first, without those that a rollback withdrew: N steps back is before[N - 1]. */
  before: Stay[];
  /** The images that a rollback withdrew and nobody published again. */
  withdrawn: Stay[];
}

/** How an image gets into a channel. */
export type ChannelMove = 'publish' | 'promote' | 'rollback';

const ROLLBACK = 'bake rollback';

/** The description of a parameter's version, which its history keeps. */
export function parameterNote(move: ChannelMove, run: string, from?: string): string {
  return `bake ${move}${from === undefined ? '' : ` from ${from}`} (run ${run})`;
}

/**
 * Reads the versions as a stack. A write pushes an image, and a rollback removes the images above the one that it returns
 * to. Therefore two rollbacks go two steps back, not back and forth.
 * @param versions oldest first
 */
export function readPast(versions: readonly ParameterHistoryEntry[]): Past {
  let stack: Stay[] = [];
  let withdrawn: Stay[] = [];
  for (const { value, at, description } of versions) {
    if (stack.at(-1)?.value === value) continue;
    const below = stack.findLastIndex((stay) => stay.value === value);
    if (below !== -1 && description.startsWith(ROLLBACK)) {
      withdrawn.push(...stack.slice(below + 1).map((stay) => ({ value: stay.value, at })));
      stack = stack.slice(0, below + 1);
    } else {
      stack.push({ value, at });
    }
    withdrawn = withdrawn.filter((stay) => stay.value !== value);
  }
  return {
    current: stack.at(-1)?.value ?? null,
    since: stack.at(-1)?.at ?? null,
    version: versions.at(-1)?.version ?? 0,
    before: stack.slice(0, -1).reverse(),
    withdrawn,
  };
}
