/** Image Builder's pipelines: what each must be, what differs, and the calls that change it. */
import type { Scheduler } from '../scheduler.ts';
import { pipelineName } from './names.ts';
import { changesOf } from './pipeline-changes.ts';
import { pipelineArns, pipelineSpec, type PipelineSpec } from './pipeline-spec.ts';
import type { PipelineState } from './pipelines.ts';
import type { ImageBuilderSettings } from './section.ts';

export const imageBuilderScheduler: Scheduler<ImageBuilderSettings, PipelineSpec, PipelineState> = {
  // The service-linked role can write only parameters below /imagebuilder/, and read those of AWS
  // (aws/aws-cdk:packages/@aws-cdk/aws-imagebuilder-alpha/lib/private/policy-helper.ts).
  missing({ executionRole }, { publishes, parent }) {
    if (executionRole !== undefined) return undefined;
    const expected = `a role that Image Builder publishes with: ssm:PutParameter on ${publishes}, ssm:GetParameter on ${parent}`;
    return { path: ['imageBuilder', 'executionRole'], expected };
  },

  notes({ timing, refresh, channel }) {
    const age = refresh === 'weekly' ? 'each week' : 'each month';
    return [
      ...(timing.start === 'updates' && refresh !== 'never'
        ? [
            `Image Builder bakes only when the base image or a component is newer. It knows nothing of packages in a mirror: schedule.start: always bakes ${age}, and aws imagebuilder start-image-pipeline-execution at once.`,
          ]
        : []),
      'A base image that is newer is found by the next bake schedule: run it after each release of ParallelCluster images.',
      `Image Builder tests each image before it publishes to ${channel}; promotion and rotation stay with bake promote and bake rotate.`,
    ];
  },

  nameOf: (target, place) => ({ name: pipelineName(target), arn: pipelineArns(target, place).pipeline }),
  spec: pipelineSpec,

  async read(aws, target, place) {
    const { readPipeline } = await import('./pipelines.ts');
    return readPipeline(aws, place.region, pipelineArns(target, place));
  },
  found({ pipeline, distribution }) {
    if (pipeline !== undefined) return 'pipeline';
    return distribution === undefined ? undefined : 'part';
  },
  next({ pipeline }) {
    const next: unknown = pipeline?.dateNextRun;
    return typeof next === 'string' ? next : null;
  },
  changes: changesOf,

  async write(build, { spec, state, changes }, writer) {
    const { writePipelineOf } = await import('./pipeline-write.ts');
    await writePipelineOf(build, { spec, state, changes }, writer);
  },
  async remove(aws, target, place) {
    const { removePipeline } = await import('./pipelines.ts');
    await removePipeline(aws, place.region, pipelineArns(target, place));
  },
};
