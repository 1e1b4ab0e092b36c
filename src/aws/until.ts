/** Waits in one loop for everything that AWS completes later. */
import { setTimeout as sleep } from 'node:timers/promises';

/** The shortest pause between two reads. */
const SHORTEST_MS = 200;
/** The pause is this fraction (1/32) of the time that the wait has taken so far. */
const SHARE = 32;
/** The longest pause: a wait of an hour reads four times a minute. */
const LONGEST_MS = 15_000;

/** How long a write may take to appear in reads: EC2 and SSM are eventually consistent, usually within seconds. */
export const READ_BACK_MS = 60_000;

export interface Wait<T> {
  /** The value once it exists, or undefined to continue to wait; throws to stop at once. */
  look(): Promise<T | undefined>;
  signal: AbortSignal;
  budgetMs: number;
  /** Makes the error for a wait that exceeds the budget. */
  late(): Error;
  /** Called after each read without a value. */
  onWait?: ((elapsedMs: number) => void) | undefined;
}

/**
 * Reads repeatedly with growing pauses: waiting adds at most 1/32 of the total time, and never more than 15 seconds.
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
