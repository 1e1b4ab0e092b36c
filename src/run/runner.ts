/** Runs a pipeline for many items. It knows neither what a stage does nor what an item is. */
import pLimit from 'p-limit';
import { errorsOf, type BakeError } from '../errors/bake-error.ts';
import type { Pipeline } from './pipeline.ts';
import type { StageContext, StagePlan } from './run-stage.ts';
import type { PlannedWrite } from './writes.ts';

export interface RunRequest<World, Item, Each, Whole> extends Pick<
  StageContext<World, Item>,
  'world' | 'mode' | 'journal' | 'emit' | 'signal'
> {
  pipeline: Pipeline<World, Item, Each, Whole>;
  items: readonly Item[];
  label: (item: Item) => string;
  /** The number of concurrent items. */
  concurrency: number;
  /** The approved writes; undefined: all writes are allowed. */
  agreed?: readonly PlannedWrite[] | undefined;
}

export interface RunOutcome<Each, Whole> {
  /** Results by stage name, one record for each item that succeeded, in the order of the items. */
  items: Each[];
  /** Results of the stages that run once; undefined if no item succeeded. */
  whole: Whole | undefined;
  /** The plans, in the order of the items and then of the stages. */
  plans: StagePlan[];
  /** The writes that were made, or in a plan would be. */
  writes: PlannedWrite[];
  /** The errors of the items that failed, and of the stages that run once. */
  errors: BakeError[];
}

/** Takes all items through their stages, then runs the stages that run once. One item's failure does not stop the others. */
export async function runStages<World, Item, Each, Whole>(
  request: RunRequest<World, Item, Each, Whole>,
): Promise<RunOutcome<Each, Whole>> {
  const { pipeline, items, label, signal } = request;
  const limit = pLimit(request.concurrency);
  const errors: BakeError[] = [];
  const onError = (error: unknown): void => {
    signal.throwIfAborted();
    errors.push(...errorsOf(error));
  };
  const context = (plans: StagePlan[]): StageContext<World, Item> => ({
    world: request.world,
    mode: request.mode,
    agreed: request.agreed,
    label,
    journal: request.journal,
    emit: request.emit,
    signal,
    onPlan: (plan) => plans.push(plan),
  });
  const lanes = items.map((item) => ({ item, plans: [] as StagePlan[] }));
  const wholePlans: StagePlan[] = [];
  const results = await Promise.all(
    lanes.map(({ item, plans }) =>
      limit(async () => {
        try {
          return { result: await pipeline.runItem(context(plans), item) };
        } catch (error) {
          onError(error);
          return undefined;
        }
      }),
    ),
  );
  const done = results.flatMap((one) => (one ? [one.result] : []));
  const whole =
    done.length === 0 ? undefined : await pipeline.runWhole(context(wholePlans), items, done, onError);
  const plans = [...lanes.flatMap((lane) => lane.plans), ...wholePlans];
  return { items: done, whole, plans, writes: plans.flatMap(({ writes }) => writes), errors };
}
