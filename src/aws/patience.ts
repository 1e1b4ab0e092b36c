/**
 * Repeats calls while AWS cannot be reached, throttles or has an internal error. It starts when a run has begun to write,
 * because the builds then go on in AWS; before, an error ends the command at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BakeError } from '../errors/bake-error.ts';
import { durationText, clockText } from '../util/duration.ts';
import { isTransient } from './errors.ts';

/** The first pause and the longest one between two tries of a call; each pause is twice as long as the one before. */
const FIRST_MS = 1000;
const LONGEST_MS = 15_000;

export interface PatienceOptions {
  /** How long one outage may last: patience.unreachable of bakery.yaml. */
  unreachableMs: number;
  /** After an abort, an error ends a call at once. */
  signal?: AbortSignal | undefined;
  /** Shows when an outage begins and ends. */
  tell?: ((kind: 'warning' | 'note', text: string) => void) | undefined;
  /** The clock, which tests replace. */
  clock?: { now(): number; sleep(ms: number, signal: AbortSignal | undefined): Promise<void> } | undefined;
}

export interface Patience {
  /** From now on, every call is repeated. */
  begin(): void;
  /** The calls that are made during `work` are repeated, too. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** The length of all outages that have ended: it does not count toward the budget of a wait. */
  lostMs(): number;
  /**
   * Makes a call, repeatedly if allowed.
   * @param place what does not answer: `ec2 in us-east-1`
   */
  call<T>(place: string, make: () => Promise<T>): Promise<T>;
}

const realClock = {
  now: () => Date.now(),
  sleep: (ms: number, signal: AbortSignal | undefined) => sleep(ms, undefined, { signal }),
};

export function openPatience(options: PatienceOptions): Patience {
  const { unreachableMs, signal, tell = () => {}, clock = realClock } = options;
  let begun = false;
  let waits = 0;
  let lost = 0;
  /** When the current outage began; undefined: every place answers. */
  let since: number | undefined;
  const silent = new Set<string>();

  function noteFailure(place: string, error: BakeError): number {
    since ??= clock.now();
    const end = since + unreachableMs;
    if (!silent.has(place) && clock.now() < end) {
      const reason = error.message.split('\n')[0] ?? '';
      tell('warning', `${reason}; bake tries again until ${clockText(end)} (patience.unreachable)`);
    }
    silent.add(place);
    return end;
  }
  function noteAnswer(place: string): void {
    if (!silent.delete(place) || since === undefined) return;
    tell('note', `${place} answers again after ${durationText(clock.now() - since)}`);
    if (silent.size > 0) return;
    lost += clock.now() - since;
    since = undefined;
  }

  return {
    begin() {
      begun = true;
    },
    async during(work) {
      waits += 1;
      try {
        return await work();
      } finally {
        waits -= 1;
      }
    },
    lostMs: () => lost,
    async call(place, make) {
      for (let pause = FIRST_MS; ; pause = Math.min(pause * 2, LONGEST_MS)) {
        try {
          const answer = await make();
          noteAnswer(place);
          return answer;
        } catch (error) {
          if (!(error instanceof BakeError) || !isTransient(error)) {
            // Any other error is an answer of AWS.
            noteAnswer(place);
            throw error;
          }
          if ((!begun && waits === 0) || signal?.aborted) throw error;
          const left = noteFailure(place, error) - clock.now();
          if (left <= 0) throw unreachableMs === 0 ? error : lateError(error, unreachableMs);
          // An abort during the pause ends the call with the error that AWS gave.
          const isOver = await clock.sleep(Math.min(pause, left), signal).then(
            () => false,
            () => true,
          );
          if (isOver) throw error;
        }
      }
    },
  };
}

/** The same error, which says how long bake waited and that the builds go on. */
function lateError(error: BakeError, unreachableMs: number): BakeError {
  if (error.code !== 'AWS_UNREACHABLE') return error;
  const { context, cause } = error as BakeError<'AWS_UNREACHABLE'>;
  return new BakeError('AWS_UNREACHABLE', { ...context, waited: durationText(unreachableMs) }, { cause });
}
