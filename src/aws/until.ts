/** Owns waiting: one loop for everything that AWS finishes later. */
import { setTimeout as sleep } from 'node:timers/promises';

/** First wait; each next one is half as long again, up to the longest. */
const FIRST_MS = 100;
const GROWTH = 1.5;
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
 * Looks again and again, more and more patiently: what is done at once is seen at once, what takes an hour is asked
 * four times a minute.
 */
export async function until<T>(wait: Wait<T>): Promise<T> {
  const start = Date.now();
  for (let pause = FIRST_MS; ; pause = Math.min(pause * GROWTH, LONGEST_MS)) {
    wait.signal.throwIfAborted();
    const value = await wait.look();
    if (value !== undefined) return value;
    const elapsed = Date.now() - start;
    if (elapsed > wait.budgetMs) throw wait.late();
    wait.onWait?.(elapsed);
    await sleep(pause, undefined, { signal: wait.signal });
  }
}
