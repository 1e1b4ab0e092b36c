/** Moves images into channels for bake publish, promote and rollback, and rotates the configs that follow the channel. */
import { throwAll, type BakeError } from '../errors/bake-error.ts';
import { targetLabel } from '../os/target.ts';
import { rotationResult, runErrors, type RotateResults } from '../pipeline/report.ts';
import type { RunResult } from '../entries/result.ts';
import { pipelineOf } from '../run/pipeline.ts';
import { runStages } from '../run/runner.ts';
import type { PlannedWrite } from '../run/writes.ts';
import type { FilePlan } from './consent.ts';
import { filePlanOf } from './file-plan.ts';
import type { MoveStage } from '../pipeline/stages/moves.ts';
import { rotate } from '../pipeline/stages/rotate.ts';
import type { Project } from '../pipeline/project.ts';
import type { Job, Published, RotateSettings, World } from '../pipeline/world.ts';
import type { Invocation } from './invocation.ts';
import { clearAfterKill, openContext } from './context.ts';
import { notifyMoved } from './notifications.ts';

export interface ChannelJob {
  command: 'publish' | 'promote' | 'rollback';
  stage: MoveStage;
  /** The channel that changes. */
  channel: string;
}

export interface Moved extends FilePlan {
  json: Pick<RunResult, 'parameters' | 'rotated' | 'unresolved'>;
  published: Published[];
  /** The errors of the targets that are not in `published`, and of configs. */
  errors: BakeError[];
}

/** @param jobOf also checks the project: it throws if the command cannot do what is asked */
export async function moveChannels(
  invocation: Invocation,
  jobOf: (project: Project) => ChannelJob,
  mode: 'run' | 'plan',
  agreed?: readonly PlannedWrite[],
): Promise<Moved> {
  const { host, options, cwd, signal } = invocation;
  const { commandLine } = invocation;
  const context = await openContext(invocation, (project) => void jobOf(project), { commandLine });
  const { world, journal, project } = context;
  const job = jobOf(project);
  try {
    const settings = rotationOf(project, job.channel, options.noRotate);
    if (settings) world.rotate = settings;
    if (mode === 'run') await clearAfterKill(context);
    const alone = pipelineOf<World, Job>().each(job.stage);
    const outcome = await runStages<World, Job, { publish: Published }, RotateResults>({
      world,
      pipeline: settings ? alone.once(rotate) : alone,
      agreed,
      items: project.jobs,
      label: (item) => targetLabel(item.target),
      mode,
      concurrency: 16,
      journal,
      emit: host.emit,
      signal,
    });
    const errors = runErrors(outcome, cwd);
    if (mode === 'run') journal.end(errors.length === 0 ? 'done' : 'failed');
    const published = outcome.items.map(({ publish }) => publish);
    const parameters = published.flatMap((one) => one.parameters);
    if (mode === 'run') await notifyMoved(invocation, context, parameters, errors);
    if (published.length === 0 || signal.aborted) throwAll(errors);
    return {
      json: { parameters, ...rotationResult(outcome, cwd) },
      published,
      ...filePlanOf(outcome, context, invocation, job.command),
      errors,
    };
  } finally {
    await context.close();
  }
}

/** @returns undefined if the configs follow another channel */
function rotationOf(project: Project, channel: string, off: boolean): RotateSettings | undefined {
  return off || project.rotate.channel !== channel ? undefined : project.rotate;
}
