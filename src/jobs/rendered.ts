/** Renders targets with the stages resolve and render, which write nothing. */
import { throwAll } from '../errors/bake-error.ts';
import { targetLabel } from '../os/target.ts';
import { pipelineOf } from '../run/pipeline.ts';
import { runStages } from '../run/runner.ts';
import type { Job, World } from '../pipeline/world.ts';
import { render, type RenderedBuild } from '../pipeline/stages/render.ts';
import { resolve } from '../pipeline/stages/resolve.ts';
import type { Invocation } from './invocation.ts';
import type { CommandContext } from './context.ts';

/**
 * @param first finds the base images
 * @returns one build for each target, in the order of `context.project.jobs`
 * @throws BakeErrors of every target that could not be rendered
 */
export async function renderTargets(
  context: CommandContext,
  { host, signal }: Invocation,
  first: typeof resolve = resolve,
): Promise<RenderedBuild[]> {
  const outcome = await runStages({
    world: context.world,
    pipeline: pipelineOf<World, Job>().each(first).each(render),
    items: context.project.jobs,
    label: (job) => targetLabel(job.target),
    mode: 'plan',
    concurrency: 16,
    journal: context.journal,
    emit: host.emit,
    signal,
  });
  throwAll(outcome.errors);
  return outcome.items.map((item) => item.render);
}
