/** A list of stages with matching types: each stage gets the results of the stages before it, by their names. */
import { finishStage, type StageContext } from './run-stage.ts';
import type { Stage } from './stage.ts';

/**
 * Stages for each item, then stages for the whole run. `Each` has the results for one item by stage name, `Whole` those
 * of the stages that run once.
 */
export interface Pipeline<World, Item, Each, Whole> {
  /** Adds a stage that runs once for each item, concurrently. */
  each<N extends string, Facts, Plan, Result, Applied>(
    stage: Stage<N, World, Item, Each, Facts, Plan, Result, Applied>,
  ): Pipeline<World, Item, Each & Record<N, Result>, Whole>;
  /** Adds a stage that runs once, with the results of all items that succeeded. */
  once<N extends string, Facts, Plan, Result, Applied>(
    stage: Stage<N, World, readonly Item[], readonly Each[], Facts, Plan, Result, Applied>,
  ): Pipeline<World, Item, Each, Whole & Partial<Record<N, Result>>>;
  /** Takes one item through its stages. @throws what the first failing stage throws */
  runItem(context: StageContext<World, Item>, item: Item): Promise<Each>;
  /** The stages that run once; if one fails, the others still run. */
  runWhole(
    context: StageContext<World, Item>,
    items: readonly Item[],
    results: readonly Each[],
    onError: (error: unknown) => void,
  ): Promise<Whole>;
}

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- an intersection begins with a type of no keys
export type Nothing = Record<never, never>;

/** A pipeline without a stage. */
export function pipelineOf<World, Item>(): Pipeline<World, Item, Nothing, Nothing> {
  return extend<World, Item, Nothing, Nothing>(
    async () => ({}),
    async () => ({}),
  );
}

function extend<World, Item, Each, Whole>(
  runItem: Pipeline<World, Item, Each, Whole>['runItem'],
  runWhole: Pipeline<World, Item, Each, Whole>['runWhole'],
): Pipeline<World, Item, Each, Whole> {
  return {
    runItem,
    runWhole,
    each<N extends string, Facts, Plan, Result, Applied>(
      stage: Stage<N, World, Item, Each, Facts, Plan, Result, Applied>,
    ) {
      type More = Each & Record<N, Result>;
      return extend<World, Item, More, Whole>(async (context, item) => {
        const soFar = await runItem(context, item);
        const result = await finishStage(context, stage, item, context.label(item), soFar);
        return { ...soFar, [stage.name]: result } as More;
      }, runWhole);
    },
    once<N extends string, Facts, Plan, Result, Applied>(
      stage: Stage<N, World, readonly Item[], readonly Each[], Facts, Plan, Result, Applied>,
    ) {
      type More = Whole & Partial<Record<N, Result>>;
      return extend<World, Item, Each, More>(runItem, async (context, items, results, onError) => {
        const soFar = await runWhole(context, items, results, onError);
        try {
          const result = await finishStage(context, stage, items, undefined, results);
          return { ...soFar, [stage.name]: result } as More;
        } catch (error) {
          onError(error);
          return soFar as More;
        }
      });
    },
  };
}
