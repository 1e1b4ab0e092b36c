/** When pipelines check whether to bake if bakery.yaml does not say, and the parameter that their base image comes from. */
import type { Job } from '../pipeline/world.ts';
import { parameterRoot } from '../publish/parameter.ts';

/** Tuesdays: the official images and patches of the previous week are published, and a failure does not cost a weekend. */
const DEFAULT_CRON = {
  monthly: 'cron(0 3 ? * TUE#1 *)',
  weekly: 'cron(0 3 ? * TUE *)',
  // The age of an image is no reason to bake, so the pipeline only checks for updates each week.
  never: 'cron(0 3 ? * TUE *)',
} as const;

export function defaultExpression(refresh: keyof typeof DEFAULT_CRON): string {
  return DEFAULT_CRON[refresh];
}

/** The parameter next to the channels with the parent image of a pipeline; a new value counts as an update (Image Builder API reference, Schedule). */
export function parentParameter(job: Pick<Job, 'publish'>, key: string): string {
  return `${parameterRoot(job.publish.parameter)}parent/${key}`;
}
