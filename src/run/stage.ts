/**
 * The interface of a stage. Every stage has the same parts, so that a dry run is "gather, plan and preview", and no part
 * has to check a flag:
 *
 *   gather   reads the world                  plan    decides, purely: facts → plain data
 *   writes   lists what the plan would write  apply   writes exactly that; never changes the plan
 *   preview  what the plan would result in    check   reads the world back and returns the result, or throws
 *
 * A stage whose plan writes nothing ends with its preview. That is why a second run changes nothing.
 */
import type { Plain } from './plain.ts';
import type { PlannedWrite } from './writes.ts';

export interface Stage<Name extends string, World, Item, SoFar, Facts, Plan, Result, Applied = void> {
  readonly name: Name;
  /** A stage that never writes is done when it has decided, not unchanged. */
  readonly readOnly?: boolean;
  gather(world: World, item: Item, soFar: SoFar): Promise<Facts>;
  plan(facts: Facts): Plain<Plan>;
  writes(plan: Plain<Plan>): readonly PlannedWrite[];
  preview(plan: Plain<Plan>): Result;
  apply(world: World, plan: Plain<Plan>): Promise<Applied>;
  check(world: World, plan: Plain<Plan>, applied: Applied): Promise<Result>;
  /** True for a result that proves nothing. Hosts never show it with a tick. */
  provesNothing?(result: Result): boolean;
  /** The stage's line on the screen. `isPreview`: nothing was written. */
  say(result: Result, isPreview: boolean): string;
}
