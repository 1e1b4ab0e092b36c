/**
 * Owns what a stage is. Every stage has the same five parts, so that a dry run is "gather and plan, then foresee" and
 * never a flag that somebody has to look at:
 *
 *   gather   reads the world                 plan     decides, purely: facts → a JSON-serialisable value
 *   foresee  what the plan would result in   apply    writes what the plan says
 *   check    reads the world back and returns the result, or throws
 *
 * A stage whose plan writes nothing is done once it has foreseen: that is what makes a second run change nothing.
 */
export interface Stage<World, Item, SoFar, Facts, Plan, Result> {
  readonly name: string;
  /** `target`: once for each item, side by side; `run`: once, with the results of all items. */
  readonly scope: 'target' | 'run';
  /** A stage that never writes is done when it has decided, not unchanged. */
  readonly readOnly?: boolean;
  gather(world: World, item: Item, soFar: SoFar): Promise<Facts>;
  plan(facts: Facts): Plan;
  writes(plan: Plan): boolean;
  foresee(plan: Plan): Result;
  apply(world: World, plan: Plan): Promise<void>;
  check(world: World, plan: Plan): Promise<Result>;
  /** True for a result that proves nothing: never shown with a tick. */
  hollow?(result: Result): boolean;
  /** The stage's line on the screen. `foretold`: this is a plan, nothing was written. */
  say(result: Result, foretold: boolean): string;
}
