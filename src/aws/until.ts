/** Owns waiting: one loop for everything that AWS finishes later. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Nothing is asked more often than this, */
const SHORTEST_MS = 200;
/** nor later than a thirty-second of the time it has taken so far, */
const SHARE = 32;
/** nor less often than this: what takes an hour is asked four times a minute. */
const LONGEST_MS = 15_000;

/** How long a write may take to show in reads: EC2 and SSM are eventually consistent, by seconds. */
export const READ_BACK_MS = 60_000;

export interface Wait<T> {
  /** The value once it is there, undefined to go on waiting; throws to stop at once. */
  look(): Promise<T | undefined>;
  signal: AbortSignal;
  budgetMs: number;
  /** The error when the budget is used up. */
  late(): Error;
  /** Called after each look that found nothing. */
  onWait?: ((elapsedMs: number) => void) | undefined;
}

/**
 * Looks again and again, more and more patiently: whatever it takes, waiting makes it at most a thirty-second longer, and a
 * quarter of a minute.
 */
export async function until<T>(wait: Wait<T>): Promise<T> {
  const start = Date.now();
  for (;;) {
    wait.signal.throwIfAborted();
    const value = await wait.look();
    if (value !== undefined) return value;
    const elapsed = Date.now() - start;
    if (elapsed > wait.budgetMs) throw wait.late();
    wait.onWait?.(elapsed);
    const pause = Math.min(Math.max(elapsed / SHARE, SHORTEST_MS), LONGEST_MS);
    await sleep(pause, undefined, { signal: wait.signal });
  }
}
