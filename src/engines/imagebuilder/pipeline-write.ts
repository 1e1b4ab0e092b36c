/** Writes a pipeline: the objects that it refers to, its distribution configuration, then the pipeline itself. */
import type { Plain } from '../../run/plain.ts';
import type { PipelineWriter } from '../scheduler.ts';
import { ensureComponents, ensureInfrastructure, ensureRecipe } from './objects.ts';
import type { PipelineSpec } from './pipeline-spec.ts';
import { writeDistribution, writePipeline, type PipelineState } from './pipelines.ts';
import type { ImageBuilderBuild } from './section.ts';

export async function writePipelineOf(
  build: ImageBuilderBuild,
  {
    spec,
    state,
    changes,
  }: { spec: Plain<PipelineSpec>; state: Plain<PipelineState>; changes: readonly string[] },
  writer: PipelineWriter,
): Promise<void> {
  const componentArns = await ensureComponents(build, writer);
  await Promise.all([
    ensureRecipe(spec.recipe, build, `ssm:${spec.parent.parameter}`, componentArns, writer),
    ensureInfrastructure(build, writer),
  ]);
  const writing = { aws: writer.aws, region: build.region, name: spec.name };
  if (changes.includes('distribution'))
    await writeDistribution(writing, spec.arns.distribution, spec.distributions, state.distribution);
  await writePipeline(writing, spec.arns.pipeline, spec.body, state.pipeline);
}
