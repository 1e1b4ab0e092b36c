/** Runs one stage for one item: gather, plan, then either preview or apply and check. */
import { BakeError, errorsOf } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import type { Stage } from './stage.ts';
import { notAgreed, writeText, type PlannedWrite } from './writes.ts';

/** The facts that the runner records about each stage that writes. */
export interface StageJournal {
  stage(stage: string, item: string, state: 'begun' | 'done'): void;
}

/** The plan of one stage for one item, as it was decided. Plain data. */
export interface StagePlan {
  stage: string;
  /** undefined: for the whole run. */
  target: string | undefined;
  plan: unknown;
  writes: readonly PlannedWrite[];
}

export interface StageContext<World, Item = never> {
  world: World;
  /** `plan` stops each stage before its first write. */
  mode: 'run' | 'plan';
  /** The approved writes; a stage that would write anything else writes nothing. undefined: all writes are allowed. */
  agreed: readonly PlannedWrite[] | undefined;
  label(item: Item): string;
  journal: StageJournal;
  emit: Emit;
  signal: AbortSignal;
  onPlan(plan: StagePlan): void;
}

/**
 * @returns what check() found, or the preview of a plan that writes nothing or must not write
 * @throws BakeError PLAN_CHANGED if the plan has writes that were not approved; what the stage throws
 */
export async function finishStage<World, Item, SoFar, Facts, Plan, Result, Applied>(
  context: Omit<StageContext<World>, 'label'>,
  stage: Stage<string, World, Item, SoFar, Facts, Plan, Result, Applied>,
  item: Item,
  target: string | undefined,
  soFar: SoFar,
): Promise<Result> {
  const { world, emit, journal, mode, signal } = context;
  signal.throwIfAborted();
  emit({ type: 'stageStarted', stage: stage.name, target });
  try {
    const plan = stage.plan(await stage.gather(world, item, soFar));
    const writes = stage.writes(plan);
    context.onPlan({ stage: stage.name, target, plan, writes });
    if (writes.length === 0 || mode === 'plan') {
      const preview = stage.preview(plan);
      const outcome =
        writes.length > 0 ? 'planned' : outcomeOf(stage, preview, stage.readOnly ? 'done' : 'unchanged');
      emit({
        type: 'stageFinished',
        stage: stage.name,
        target,
        outcome,
        text: stage.say(preview, writes.length > 0),
      });
      return preview;
    }
    refuseOthers(context.agreed, writes);
    signal.throwIfAborted();
    journal.stage(stage.name, target ?? '', 'begun');
    const result = await stage.check(world, plan, await stage.apply(world, plan));
    journal.stage(stage.name, target ?? '', 'done');
    emit({
      type: 'stageFinished',
      stage: stage.name,
      target,
      outcome: outcomeOf(stage, result, 'done'),
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

/** @throws BakeError PLAN_CHANGED if a plan has writes that were not approved */
export function refuseOthers(
  agreed: readonly PlannedWrite[] | undefined,
  writes: readonly PlannedWrite[],
): void {
  if (agreed === undefined) return;
  const others = notAgreed(agreed, writes);
  if (others.length > 0) throw new BakeError('PLAN_CHANGED', { writes: others.map(writeText) });
}

function outcomeOf<Result>(
  stage: { provesNothing?(result: Result): boolean },
  result: Result,
  otherwise: 'done' | 'unchanged',
): 'done' | 'unchanged' | 'skipped' {
  return stage.provesNothing?.(result) ? 'skipped' : otherwise;
}
