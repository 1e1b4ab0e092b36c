/** The job of `bake schedule --engine NAME`: plans the pipelines of an engine, and writes or removes them. */
import { BakeError, throwAll } from '../../errors/bake-error.ts';
import { targetLabel } from '../../os/target.ts';
import { runErrors } from '../../pipeline/report.ts';
import type { Planned } from '../../run/confirm.ts';
import { pipelineOf, type Nothing } from '../../run/pipeline.ts';
import { runStages } from '../../run/runner.ts';
import type { PlannedWrite } from '../../run/writes.ts';
import { render } from '../../pipeline/stages/render.ts';
import { resolve } from '../../pipeline/stages/resolve.ts';
import type { Project } from '../../pipeline/project.ts';
import type { Job, World } from '../../pipeline/world.ts';
import { expressionOf } from '../../config/cron.ts';
import { pipelineStage, removalStage, type PipelineEntry } from '../../schedule/pipelines.ts';
import { defaultExpression, parentParameter } from '../../schedule/timing.ts';
import { engineOf, schedulersOf } from '../../engines/registry.ts';
import type { Scheduler, Timing } from '../../engines/scheduler.ts';
import type { Engines } from '../../engines/engine.ts';
import { enginesOf } from '../engines.ts';
import type { Invocation } from '../invocation.ts';
import { openContext } from '../context.ts';

/** Concurrent targets: each takes about ten calls of a service with a small rate limit. */
const CONCURRENCY = 4;

export interface Scheduled extends Planned {
  pipelines: PipelineEntry[];
  /** What a user should know about these pipelines. */
  notes: string[];
}

/** @throws BakeErrors of the targets that failed, when all others are done */
export async function schedulePipelines(
  invocation: Invocation,
  mode: 'run' | 'plan',
  agreed?: readonly PlannedWrite[],
): Promise<Scheduled> {
  const { host, options, cwd, signal, commandLine } = invocation;
  const scheduler = schedulerOf(await enginesOf(invocation), options.engine);
  const accept = (project: Project): void => {
    if (!options.delete) requireSettings(scheduler, project);
  };
  const context = await openContext(invocation, accept, { commandLine });
  const { world, journal, project } = context;
  try {
    const common = {
      world,
      // A pipeline's image is of no period: the engine decides when it is baked again.
      items: project.jobs.map((job): Job => ({ ...job, refresh: 'never' })),
      label: (job: Job) => targetLabel(job.target),
      mode,
      agreed,
      concurrency: CONCURRENCY,
      journal,
      emit: host.emit,
      signal,
    };
    const timing = timingOf(project, options.cron);
    const empty = pipelineOf<World, Job>();
    const outcome = await runStages<World, Job, { schedule: PipelineEntry }, Nothing>({
      ...common,
      pipeline: options.delete
        ? empty.each(removalStage(scheduler))
        : empty
            .each(resolve)
            .each(render)
            .each(pipelineStage(scheduler, () => timing)),
    });
    const errors = runErrors(outcome, cwd);
    if (mode === 'run') journal.end(errors.length === 0 ? 'done' : 'failed');
    throwAll(errors);
    const pipelines = outcome.items.map(({ schedule }) => schedule);
    return {
      writes: outcome.writes,
      pipelines,
      notes: options.delete ? [] : notesOn(scheduler, project, timing),
    };
  } finally {
    await context.close();
  }
}

/** @throws BakeError USAGE for an engine without pipelines */
export function schedulerOf(engines: Engines, name: string | undefined): Scheduler {
  const scheduler = name === undefined ? undefined : engineOf(engines, name).scheduler;
  if (scheduler) return scheduler;
  const known = schedulersOf(engines).map(({ id }) => id);
  const message = `--engine: expected ${known.join(' or ')}, found ${name ?? 'none'}`;
  throw new BakeError('USAGE', { message, command: 'schedule' });
}

/** @throws BakeError CONFIG_VALUE where bakery.yaml lacks a setting that every pipeline needs */
function requireSettings(scheduler: Scheduler, { bakery, jobs: [job] }: Project): void {
  if (!job) return;
  const of = { publishes: bakery.value.publish.parameter, parent: parentParameter(job, '*') };
  const missing = scheduler.missing(job.settings[job.engine] ?? {}, of);
  if (!missing) return;
  const { path, expected } = missing;
  throw new BakeError(
    'CONFIG_VALUE',
    { path: path.join('.'), expected, found: 'nothing' },
    { place: bakery.place(path) },
  );
}

function timingOf({ bakery }: Project, cron: string | undefined): Timing {
  const { schedule: wish, refresh } = bakery.value;
  const given = cron ?? wish.cron;
  return {
    expression: given === undefined ? defaultExpression(refresh) : expressionOf(given),
    timezone: wish.timezone,
    start: wish.start,
  };
}

function notesOn(scheduler: Scheduler, { bakery, jobs }: Project, timing: Timing): string[] {
  const { refresh, publish } = bakery.value;
  return scheduler.notes({ timing, refresh, channel: jobs[0]?.publish.channel ?? publish.channel });
}
