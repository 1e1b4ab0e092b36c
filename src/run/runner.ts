/** Owns running stages in order for many items. It knows nothing of images: not what a stage does, nor what an item is. */
import pLimit from 'p-limit';
import { errorsOf, type BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import type { Stage } from './stage.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- the runner is blind to what stages hand each other
type AnyStage<World> = Stage<World, any, any, any, any, any>;

/** What the runner notes of each stage that writes. */
export interface StageJournal {
  stage(stage: string, item: string, state: 'begun' | 'done'): void;
}

export interface RunRequest<World, Item> {
  world: World;
  stages: readonly AnyStage<World>[];
  items: readonly Item[];
  label(item: Item): string;
  /** `plan` stops each stage before its first write. */
  mode: 'run' | 'plan';
  /** Items worked on side by side. */
  concurrency: number;
  journal: StageJournal;
  emit: Emit;
  signal: AbortSignal;
}

export interface RunOutcome {
  /** Results by stage name, one record an item that came through, in the order of the items. */
  items: Record<string, unknown>[];
  /** Results of the stages of scope `run`. */
  run: Record<string, unknown>;
  /** True when any stage wrote, or in a plan would. */
  changed: boolean;
  /** What went wrong with the items that did not come through. */
  errors: BakeError[];
}

/** Runs all items through the `target` stages, then the `run` stages once. One item's failure does not stop the others. */
export async function runStages<World, Item>(request: RunRequest<World, Item>): Promise<RunOutcome> {
  const limit = pLimit(request.concurrency);
  const outcome: RunOutcome = { items: [], run: {}, changed: false, errors: [] };
  const perItem = request.stages.filter((stage) => stage.scope === 'target');
  const perRun = request.stages.filter((stage) => stage.scope === 'run');

  const results = await Promise.all(
    request.items.map((item) =>
      limit(async () => {
        const soFar: Record<string, unknown> = {};
        try {
          for (const stage of perItem)
            soFar[stage.name] = await runStage(stage, item, request.label(item), soFar);
          return soFar;
        } catch (error) {
          request.signal.throwIfAborted();
          outcome.errors.push(...errorsOf(error));
          return undefined;
        }
      }),
    ),
  );
  outcome.items = results.filter((result) => result !== undefined);
  if (outcome.items.length > 0) {
    for (const stage of perRun) {
      try {
        outcome.run[stage.name] = await runStage(stage, request.items, undefined, outcome.items);
      } catch (error) {
        request.signal.throwIfAborted();
        outcome.errors.push(...errorsOf(error));
      }
    }
  }
  return outcome;

  async function runStage(
    stage: AnyStage<World>,
    item: unknown,
    target: string | undefined,
    soFar: unknown,
  ): Promise<unknown> {
    const { world, emit, journal, mode, signal } = request;
    signal.throwIfAborted();
    emit({ type: 'stageStarted', stage: stage.name, target });
    try {
      const plan: unknown = stage.plan(await stage.gather(world, item, soFar));
      const writes = stage.writes(plan);
      outcome.changed ||= writes;
      if (!writes || mode === 'plan') {
        const foreseen: unknown = stage.foresee(plan);
        const kind = writes ? 'planned' : ended(stage, foreseen, stage.readOnly ? 'done' : 'unchanged');
        emit({
          type: 'stageFinished',
          stage: stage.name,
          target,
          outcome: kind,
          text: stage.say(foreseen, writes),
        });
        return foreseen;
      }
      signal.throwIfAborted();
      journal.stage(stage.name, target ?? '', 'begun');
      await stage.apply(world, plan);
      const result: unknown = await stage.check(world, plan);
      journal.stage(stage.name, target ?? '', 'done');
      emit({
        type: 'stageFinished',
        stage: stage.name,
        target,
        outcome: ended(stage, result, 'done'),
        text: stage.say(result, false),
      });
      return result;
    } catch (error) {
      if (!signal.aborted) {
        const [first] = errorsOf(error);
        emit({ type: 'stageFailed', stage: stage.name, target, text: first?.message.split('\n')[0] ?? '' });
      }
      throw error;
    }
  }
}

function ended<World>(
  stage: AnyStage<World>,
  result: unknown,
  otherwise: 'done' | 'unchanged',
): 'done' | 'unchanged' | 'skipped' {
  return stage.hollow?.(result) ? 'skipped' : otherwise;
}
