/** Image pipelines: a recipe with its configurations and a schedule. An update replaces the whole pipeline. */
import { readSchedule } from '../../config/cron.ts';
import type { Call } from '../call.ts';
import { oncePerToken } from '../once.ts';
import {
  getRow,
  isUnderWay,
  rowKey,
  listRows,
  putRow,
  type PipelineRequest,
  type PipelineRow,
} from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { alreadyExists, imageBuilderArn, dryRunEnd, invalidValue, notFound } from './arn.ts';
import { checkConfigurations } from './begin-build.ts';
import { buildFields, newestBuildFirst, summaryOf } from './images.ts';
import { listPage, type ListInput } from './listing.ts';
import { resolveWorkflows } from './own-workflows.ts';
import { buildsOf, lastBuild, nextRun, runPipeline } from './pipeline-runs.ts';
import { findRecipe } from './recipes.ts';

type Members = Omit<PipelineRequest, 'imageRecipeArn'> & {
  imageRecipeArn?: string;
  containerRecipeArn?: string;
  imageScanningConfiguration?: { imageScanningEnabled?: boolean };
  clientToken: string;
};
type CreateInput = Members & { name: string; tags?: Record<string, string>; dryRun?: boolean };

export function createImagePipeline(input: CreateInput, call: Call): object {
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    const { clientToken, name, tags, dryRun, ...members } = input;
    const request = checked(call, members);
    const arn = imageBuilderArn(call, 'image-pipeline', name);
    const key = rowKey(call.region, arn);
    if (getRow(call.state, 'pipeline', key)) throw alreadyExists('ImagePipeline', arn);
    if (dryRun === true) throw dryRunEnd();
    putRow(call.state, 'pipeline', key, {
      arn,
      region: call.region,
      name,
      request,
      tags: tags ?? {},
      createdAt: call.now.toISOString(),
      nextRunAt: nextRun(request, call.now),
      failures: 0,
    });
    return { requestId: call.requestId, clientToken, imagePipelineArn: arn };
  });
}

/** An update resets the count of consecutive failures (Image Builder API reference, ImagePipeline). */
export function updateImagePipeline(input: Members & { imagePipelineArn: string }, call: Call): object {
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    const { clientToken, imagePipelineArn, ...members } = input;
    const row = find(call, imagePipelineArn);
    const request = checked(call, members);
    putRow(call.state, 'pipeline', rowKey(call.region, row.arn), {
      ...row,
      request,
      updatedAt: call.now.toISOString(),
      nextRunAt: nextRun(request, call.now),
      failures: 0,
    });
    return { requestId: call.requestId, clientToken, imagePipelineArn };
  });
}

function checked(call: Call, members: Omit<Members, 'clientToken'>): PipelineRequest {
  const { imageRecipeArn, containerRecipeArn, imageScanningConfiguration, ...rest } = members;
  if (containerRecipeArn !== undefined)
    throw invalidValue('containerRecipeArn', 'The sandbox builds AMIs only.');
  if (imageRecipeArn === undefined) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'You must specify an imageRecipeArn or a containerRecipeArn.',
    );
  }
  if (imageScanningConfiguration?.imageScanningEnabled === true)
    throw invalidValue('imageScanningConfiguration', 'Amazon Inspector is not enabled for this account.');
  findRecipe(call, imageRecipeArn);
  checkConfigurations(call, rest);
  resolveWorkflows(call, rest.workflows, rest.executionRole);
  const { scheduleExpression, timezone } = rest.schedule ?? {};
  const schedule = scheduleExpression === undefined ? undefined : readSchedule(scheduleExpression, timezone);
  if (schedule && 'error' in schedule)
    throw invalidValue('schedule', `${scheduleExpression} is not valid: expected ${schedule.error}.`);
  return { ...rest, imageRecipeArn };
}

function find(call: Pick<Call, 'state' | 'region'>, arn: string): PipelineRow {
  const row = getRow(call.state, 'pipeline', rowKey(call.region, arn));
  if (!row) throw notFound('image pipeline', arn);
  return row;
}

export function getImagePipeline(input: { imagePipelineArn: string }, call: Call): object {
  return { requestId: call.requestId, imagePipeline: write(find(call, input.imagePipelineArn), call) };
}

function write(row: PipelineRow, call: Call): object {
  return {
    enhancedImageMetadataEnabled: true,
    imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: 720 },
    status: 'ENABLED',
    ...row.request,
    arn: row.arn,
    name: row.name,
    platform: 'Linux',
    dateCreated: row.createdAt,
    dateUpdated: row.updatedAt,
    dateLastRun: row.lastRunAt,
    lastRunStatus: lastBuild(call.state, row)?.status,
    dateNextRun: row.nextRunAt,
    consecutiveFailures: row.failures,
    tags: row.tags,
  };
}

export function listImagePipelines(input: ListInput, call: Call): object {
  const page = listPage(listRows(call.state, 'pipeline', call.region), (row) => row.arn, input, {
    name: (row) => row.name,
    description: (row) => row.request.description ?? '',
    imageRecipeArn: (row) => row.request.imageRecipeArn,
    infrastructureConfigurationArn: (row) => row.request.infrastructureConfigurationArn,
    distributionConfigurationArn: (row) => row.request.distributionConfigurationArn ?? '',
    status: (row) => row.request.status ?? 'ENABLED',
  });
  return {
    requestId: call.requestId,
    imagePipelineList: page.items.map((row) => write(row, call)),
    nextToken: page.token,
  };
}

export function listImagePipelineImages(input: ListInput & { imagePipelineArn: string }, call: Call): object {
  const builds = buildsOf(call.state, find(call, input.imagePipelineArn));
  const page = listPage(builds, newestBuildFirst, input, buildFields);
  return {
    requestId: call.requestId,
    imageSummaryList: page.items.map((build) => ({ ...summaryOf(build), owner: call.account })),
    nextToken: page.token,
  };
}

/** Starts a build now, regardless of the schedule and its start condition. */
export function startImagePipelineExecution(
  input: { imagePipelineArn: string; tags?: Record<string, string>; clientToken: string },
  call: Call,
): object {
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    const pipeline = find(call, input.imagePipelineArn);
    const last = lastBuild(call.state, pipeline);
    if (last && isUnderWay(last)) {
      throw new AwsError(
        'ResourceInUseException',
        `The image pipeline '${pipeline.arn}' is building already: ${last.arn}.`,
      );
    }
    const imageBuildVersionArn = runPipeline(call, pipeline, false, input.tags);
    return { requestId: call.requestId, clientToken: input.clientToken, imageBuildVersionArn };
  });
}

/** Deletes the pipeline and keeps its images. */
export function deleteImagePipeline(input: { imagePipelineArn: string }, call: Call): object {
  const { arn } = find(call, input.imagePipelineArn);
  call.state.remove('pipeline', rowKey(call.region, arn));
  return { requestId: call.requestId, imagePipelineArn: arn };
}
