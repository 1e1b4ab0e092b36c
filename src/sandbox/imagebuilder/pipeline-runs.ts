/** Decides when pipelines run, starts their builds, and records how the builds ended. */
import { nextAfter, readSchedule } from '../../config/cron.ts';
import { partitionOf } from '../../os/releases.ts';
import type { Call } from '../call.ts';
import { ACCOUNT } from '../ids.ts';
import type { Transaction } from '../store/transaction.ts';
import {
  getRow,
  isUnderWay,
  rowKey,
  listRows,
  putRow,
  type BuildRow,
  type PipelineRequest,
  type PipelineRow,
} from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { beginBuild, resolveDependencies, type BuildContext } from './begin-build.ts';

/** The default start condition (Image Builder API reference, Schedule). */
const ON_UPDATES = 'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE';

/** The first run after `after`; undefined if the pipeline is disabled, has no schedule, or its schedule has ended. */
export function nextRun(request: PipelineRequest, after: Date): string | undefined {
  const { scheduleExpression, timezone } = request.schedule ?? {};
  if (scheduleExpression === undefined || request.status === 'DISABLED') return undefined;
  const schedule = readSchedule(scheduleExpression, timezone);
  return 'error' in schedule ? undefined : nextAfter(schedule, after)?.toISOString();
}

/**
 * Runs the due pipelines of all Regions. If the clock skipped several due times, a pipeline runs once: the later runs
 * would find no updates, or the first build still in progress.
 */
export function runDuePipelines(place: Pick<BuildContext, 'state' | 'now' | 'builder' | 'afterwards'>): void {
  for (const pipeline of place.state.list('pipeline') as PipelineRow[]) {
    if (pipeline.nextRunAt === undefined || Date.parse(pipeline.nextRunAt) > place.now.getTime()) continue;
    const { region } = pipeline;
    const call = { ...place, region, account: ACCOUNT, partition: partitionOf(region) };
    const next = { ...pipeline, nextRunAt: nextRun(pipeline.request, place.now) };
    putRow(place.state, 'pipeline', rowKey(region, pipeline.arn), next);
    const last = lastBuild(place.state, pipeline);
    if (last && isUnderWay(last)) continue;
    if (!isDue(call, pipeline, last)) continue;
    try {
      runPipeline(call, next, true);
    } catch (error) {
      // A resource of the pipeline was deleted: count a failed run without a build.
      if (!(error instanceof AwsError)) throw error;
      countFailure(place.state, next);
    }
  }
}

/**
 * True if the start condition holds. The comparison uses the last build even if it failed: AWS does not document that
 * a failed build is tried again, so users of the sandbox must not rely on it.
 */
function isDue(call: BuildContext, pipeline: PipelineRow, last: BuildRow | undefined): boolean {
  const condition = pipeline.request.schedule?.pipelineExecutionStartCondition ?? ON_UPDATES;
  if (condition !== ON_UPDATES || last === undefined) return true;
  return (
    JSON.stringify(resolveDependencies(call, pipeline.request.imageRecipeArn)) !== JSON.stringify(last.madeOf)
  );
}

/** Starts a build of the pipeline. @returns its ARN @throws AwsError if a resource that it names was deleted */
export function runPipeline(
  call: BuildContext,
  pipeline: PipelineRow,
  scheduled: boolean,
  tags: Record<string, string> = {},
): string {
  const { request } = pipeline;
  const arn = beginBuild(call, {
    ...request,
    loggingConfiguration: { logGroupName: request.loggingConfiguration?.imageLogGroupName },
    tags: { ...request.imageTags, ...tags },
    pipelineArn: pipeline.arn,
    scheduled,
  });
  putRow(call.state, 'pipeline', rowKey(call.region, pipeline.arn), {
    ...pipeline,
    lastRunAt: call.now.toISOString(),
  });
  return arn;
}

/** All builds of a pipeline, oldest first. */
export function buildsOf(state: Transaction, pipeline: PipelineRow): BuildRow[] {
  return listRows(state, 'build', pipeline.region)
    .filter((build) => build.pipelineArn === pipeline.arn)
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.build - b.build));
}

export function lastBuild(state: Transaction, pipeline: PipelineRow): BuildRow | undefined {
  return buildsOf(state, pipeline).at(-1);
}

/** Counts consecutive failures of a pipeline when a build ends (Image Builder API reference, AutoDisablePolicy). */
export function recordBuildEnd(
  { state }: Pick<Call, 'state' | 'now'>,
  build: BuildRow,
  end: 'AVAILABLE' | 'FAILED',
): void {
  const pipeline = getRow(state, 'pipeline', rowKey(build.region, build.pipelineArn ?? ''));
  if (!pipeline) return;
  if (end === 'AVAILABLE')
    putRow(state, 'pipeline', rowKey(build.region, pipeline.arn), { ...pipeline, failures: 0 });
  else if (build.scheduled === true) countFailure(state, pipeline);
}

function countFailure(state: Transaction, pipeline: PipelineRow): void {
  const failures = pipeline.failures + 1;
  const most = pipeline.request.schedule?.autoDisablePolicy?.failureCount;
  const disabled = most !== undefined && failures >= most;
  putRow(state, 'pipeline', rowKey(pipeline.region, pipeline.arn), {
    ...pipeline,
    failures,
    ...(disabled
      ? { request: { ...pipeline.request, status: 'DISABLED' as const }, nextRunAt: undefined }
      : {}),
  });
}
