/** Shows a plan, asks, and plans again, so that the plan that is applied is the plan that was shown. */
import { differenceOf, differenceText, type PlannedWrite } from './writes.ts';

/** The part of a plan that the question is about. */
export interface Planned {
  writes: readonly PlannedWrite[];
}

export interface Confirmation<P extends Planned> {
  /** Reads the world and plans. Called again after each yes. */
  plan: () => Promise<P>;
  show: (planned: P) => void;
  /** Asks; `text` names what will be written. */
  ask: (text: string) => Promise<boolean>;
  textOf: (planned: P) => string;
  /** Called with the difference between the newest plan and the one that was shown. */
  onChange: (difference: string) => void;
}

/**
 * Asks until the plan that was shown still is the newest one.
 * @returns the newest plan, which may have nothing to write; undefined if the answer was no
 */
export async function confirm<P extends Planned>(question: Confirmation<P>): Promise<P | undefined> {
  let shown = await question.plan();
  if (shown.writes.length === 0) return shown;
  question.show(shown);
  for (;;) {
    if (!(await question.ask(question.textOf(shown)))) return undefined;
    const newest = await question.plan();
    const difference = differenceOf(shown.writes, newest.writes);
    if (!difference) return newest;
    question.onChange(differenceText(difference));
    if (newest.writes.length === 0) return newest;
    shown = newest;
  }
}
