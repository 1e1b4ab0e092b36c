/** Waits in one loop for everything that AWS completes later. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Patience } from './patience.ts';

/** The shortest pause between two reads. */
const SHORTEST_MS = 200;
/** The pause is this fraction (1/32) of the time that the wait has taken so far. */
const SHARE = 32;
/** The longest pause: a wait of an hour reads four times a minute. */
const LONGEST_MS = 15_000;

/** How long a write may take to appear in reads: EC2 and SSM are eventually consistent, usually within seconds. */
export const READ_BACK_MS = 60_000;

export interface Wait<T> {
  /** The session whose calls `look` makes: they are repeated while AWS cannot be reached, for patience.unreachable. */
  aws: { patience: Patience };
  /** The value once it exists, or undefined to continue to wait; throws to stop at once. */
  look(): Promise<T | undefined>;
  signal: AbortSignal;
  /** Without the time in which AWS could not be reached. */
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
  return wait.aws.patience.during(() => readRepeatedly(wait));
}

async function readRepeatedly<T>(wait: Wait<T>): Promise<T> {
  const { patience } = wait.aws;
  const start = Date.now() - patience.lostMs();
  for (;;) {
    wait.signal.throwIfAborted();
    const value = await wait.look();
    if (value !== undefined) return value;
    const elapsed = Date.now() - patience.lostMs() - start;
    if (elapsed > wait.budgetMs) throw wait.late();
    wait.onWait?.(elapsed);
    const pause = Math.min(Math.max(elapsed / SHARE, SHORTEST_MS), LONGEST_MS);
    await sleep(pause, undefined, { signal: wait.signal });
  }
}
