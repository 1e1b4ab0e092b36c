/** Owns when pipelines run: what their schedules say, whether there is anything new, and what a run's end does. */
import { nextAfter, readSchedule } from '../../config/cron.ts';
import { partitionOf } from '../../os/releases.ts';
import type { Call } from '../call.ts';
import { ACCOUNT } from '../ids.ts';
import type { Transaction } from '../store/transaction.ts';
import {
  getRow,
  isUnderWay,
  keyOf,
  listRows,
  putRow,
  type BuildRow,
  type PipelineRequest,
  type PipelineRow,
} from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { begin, madeOf, type Beginning } from './begin-build.ts';

/** Image Builder API reference, Schedule: what counts where nothing is said. */
const ON_UPDATES = 'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE';

/** When a pipeline runs next after `after`; undefined: it has no schedule, is disabled, or its time is over. */
export function nextRun(request: PipelineRequest, after: Date): string | undefined {
  const { scheduleExpression, timezone } = request.schedule ?? {};
  if (scheduleExpression === undefined || request.status === 'DISABLED') return undefined;
  const schedule = readSchedule(scheduleExpression, timezone);
  return 'error' in schedule ? undefined : nextAfter(schedule, after)?.toISOString();
}

/**
 * Runs what has come due in all Regions. A clock that was moved over several due times runs a pipeline once: what
 * followed would have found nothing new, or the first build under way.
 */
export function runDue(place: Pick<Beginning, 'state' | 'now' | 'builder' | 'afterwards'>): void {
  for (const pipeline of place.state.list('pipeline') as PipelineRow[]) {
    if (pipeline.nextRunAt === undefined || Date.parse(pipeline.nextRunAt) > place.now.getTime()) continue;
    const { region } = pipeline;
    const call = { ...place, region, account: ACCOUNT, partition: partitionOf(region) };
    const next = { ...pipeline, nextRunAt: nextRun(pipeline.request, place.now) };
    putRow(place.state, 'pipeline', keyOf(region, pipeline.arn), next);
    const last = lastBuild(place.state, pipeline);
    if (last && isUnderWay(last)) continue;
    if (!isDue(call, pipeline, last)) continue;
    try {
      runPipeline(call, next, true);
    } catch (error) {
      // Something it names is gone since: a failed run without a build, as good as AWS tells of it.
      if (!(error instanceof AwsError)) throw error;
      countFailure(place.state, next);
    }
  }
}

/**
 * Whether the start condition holds. Compared with the last build whatever became of it: AWS's documents do not say
 * that a failed one is tried again, so nobody may rely on it here.
 */
function isDue(call: Beginning, pipeline: PipelineRow, last: BuildRow | undefined): boolean {
  const condition = pipeline.request.schedule?.pipelineExecutionStartCondition ?? ON_UPDATES;
  if (condition !== ON_UPDATES || last === undefined) return true;
  return JSON.stringify(madeOf(call, pipeline.request.imageRecipeArn)) !== JSON.stringify(last.madeOf);
}

/** Starts a build of the pipeline. @returns its ARN @throws AwsError where an object it names is gone */
export function runPipeline(
  call: Beginning,
  pipeline: PipelineRow,
  scheduled: boolean,
  tags: Record<string, string> = {},
): string {
  const { request } = pipeline;
  const arn = begin(call, {
    ...request,
    loggingConfiguration: { logGroupName: request.loggingConfiguration?.imageLogGroupName },
    tags: { ...request.imageTags, ...tags },
    pipelineArn: pipeline.arn,
    scheduled,
  });
  putRow(call.state, 'pipeline', keyOf(call.region, pipeline.arn), {
    ...pipeline,
    lastRunAt: call.now.toISOString(),
  });
  return arn;
}

/** Every build of a pipeline, oldest first. */
export function buildsOf(state: Transaction, pipeline: PipelineRow): BuildRow[] {
  return listRows(state, 'build', pipeline.region)
    .filter((build) => build.pipelineArn === pipeline.arn)
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.build - b.build));
}

export function lastBuild(state: Transaction, pipeline: PipelineRow): BuildRow | undefined {
  return buildsOf(state, pipeline).at(-1);
}

/** What the end of a build means to its pipeline (Image Builder API reference, AutoDisablePolicy). */
export function noteEnd(
  { state }: Pick<Call, 'state' | 'now'>,
  build: BuildRow,
  end: 'AVAILABLE' | 'FAILED',
): void {
  const pipeline = getRow(state, 'pipeline', keyOf(build.region, build.pipelineArn ?? ''));
  if (!pipeline) return;
  if (end === 'AVAILABLE')
    putRow(state, 'pipeline', keyOf(build.region, pipeline.arn), { ...pipeline, failures: 0 });
  else if (build.scheduled === true) countFailure(state, pipeline);
}

function countFailure(state: Transaction, pipeline: PipelineRow): void {
  const failures = pipeline.failures + 1;
  const most = pipeline.request.schedule?.autoDisablePolicy?.failureCount;
  const disabled = most !== undefined && failures >= most;
  putRow(state, 'pipeline', keyOf(pipeline.region, pipeline.arn), {
    ...pipeline,
    failures,
    ...(disabled
      ? { request: { ...pipeline.request, status: 'DISABLED' as const }, nextRunAt: undefined }
      : {}),
  });
}
