/** Creates, updates or deletes the Image Builder pipelines of targets. */
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
import { defaultExpression, parentParameter, type Timing } from '../../schedule/spec.ts';
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
  const context = await openContext(invocation, options.delete ? () => {} : requireRole, { commandLine });
  const { world, journal, project } = context;
  try {
    const common = {
      world,
      // Image Builder decides when to bake again, so the image of a pipeline has no period.
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
        ? empty.each(removalStage)
        : empty
            .each(resolve)
            .each(render)
            .each(pipelineStage(() => timing)),
    });
    const errors = runErrors(outcome, cwd);
    if (mode === 'run') journal.end(errors.length === 0 ? 'done' : 'failed');
    throwAll(errors);
    const pipelines = outcome.items.map(({ schedule }) => schedule);
    return { writes: outcome.writes, pipelines, notes: options.delete ? [] : notesOn(project, timing) };
  } finally {
    await context.close();
  }
}

/** The service-linked role of Image Builder may write only parameters below /imagebuilder/, and read those of AWS (aws/aws-cdk:packages/@aws-cdk/aws-imagebuilder-alpha/lib/private/policy-helper.ts). */
function requireRole({ bakery, jobs }: Project): void {
  const { imageBuilder, publish } = bakery.value;
  if (imageBuilder.executionRole !== undefined) return;
  const parent = jobs[0] ? parentParameter(jobs[0], '*') : publish.parameter;
  const expected = `a role that Image Builder publishes with: ssm:PutParameter on ${publish.parameter}, ssm:GetParameter on ${parent}`;
  const path = ['imageBuilder', 'executionRole'];
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

function notesOn({ bakery, jobs }: Project, { start }: Timing): string[] {
  const { refresh, publish } = bakery.value;
  const channel = jobs[0]?.publish.channel ?? publish.channel;
  return [
    ...(start === 'updates' && refresh !== 'never'
      ? [
          `Image Builder bakes only when the base image or a component is newer. It knows nothing of packages in a mirror: schedule.start: always bakes ${refresh === 'weekly' ? 'each week' : 'each month'}, and aws imagebuilder start-image-pipeline-execution at once.`,
        ]
      : []),
    'Only bake schedule finds a newer base image: run it after each release of ParallelCluster images.',
    `Image Builder tests each image before it publishes to ${channel}; promotion and rotation stay with bake promote and bake rotate.`,
  ];
}
