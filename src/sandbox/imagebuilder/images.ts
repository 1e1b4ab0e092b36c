/** Image operations: starts, describes, lists, cancels, retries and deletes builds. */
import type { Call, Handlers } from '../call.ts';
import { oncePerToken } from '../once.ts';
import {
  getRow,
  isUnderWay,
  rowKey,
  listRows,
  putRow,
  type BuildRow,
  type WorkflowConfiguration,
} from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { arnMatches, invalidValue, latestReferences, notFound } from './arn.ts';
import { beginBuild } from './begin-build.ts';
import { writeConfiguration } from './configurations.ts';
import { listPage, type ListInput } from './listing.ts';
import { writeRecipe } from './recipes.ts';

export const imageOperations: Handlers = {
  CancelImageCreation: cancelImageCreation,
  CreateImage: createImage,
  DeleteImage: deleteImage,
  GetImage: getImage,
  ListImageBuildVersions: listImageBuildVersions,
  ListImages: listImages,
  RetryImage: retryImage,
};

interface CreateInput {
  imageRecipeArn?: string;
  containerRecipeArn?: string;
  distributionConfigurationArn?: string;
  infrastructureConfigurationArn: string;
  imageTestsConfiguration?: { imageTestsEnabled?: boolean };
  enhancedImageMetadataEnabled?: boolean;
  tags?: Record<string, string>;
  clientToken: string;
  workflows?: WorkflowConfiguration[];
  imageScanningConfiguration?: { imageScanningEnabled?: boolean };
  executionRole?: string;
  loggingConfiguration?: { logGroupName?: string };
}

function createImage(input: CreateInput, call: Call): object {
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    refuseUnsupported(input);
    const arn = beginBuild(call, { ...input, imageRecipeArn: input.imageRecipeArn as string });
    return {
      requestId: call.requestId,
      clientToken: input.clientToken,
      imageBuildVersionArn: arn,
      latestVersionReferences: latestReferences(arn),
    };
  });
}

function refuseUnsupported(input: CreateInput): void {
  if (input.containerRecipeArn !== undefined)
    throw invalidValue('containerRecipeArn', 'The sandbox builds AMIs only.');
  if (input.imageRecipeArn === undefined) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'You must specify an imageRecipeArn or a containerRecipeArn.',
    );
  }
  if (input.imageScanningConfiguration?.imageScanningEnabled === true) {
    throw invalidValue('imageScanningConfiguration', 'Amazon Inspector is not enabled for this account.');
  }
}

/** @throws AwsError ResourceNotFoundException */
export function findBuild(call: Pick<Call, 'state' | 'region'>, arn: string): BuildRow {
  const row = getRow(call.state, 'build', rowKey(call.region, arn));
  if (!row) throw notFound('image', arn);
  return row;
}

function getImage(input: { imageBuildVersionArn: string }, call: Call): object {
  const build = findBuild(call, input.imageBuildVersionArn);
  const recipe = getRow(call.state, 'recipe', rowKey(call.region, build.recipeArn));
  const infrastructure = getRow(call.state, 'infrastructure', rowKey(call.region, build.infrastructureArn));
  const distribution = getRow(call.state, 'distribution', rowKey(call.region, build.distributionArn ?? ''));
  const pipeline = getRow(call.state, 'pipeline', rowKey(call.region, build.pipelineArn ?? ''));
  return {
    requestId: call.requestId,
    image: {
      ...summaryOf(build),
      enhancedImageMetadataEnabled: build.metadataEnabled,
      imageRecipe: recipe && writeRecipe(recipe, call),
      infrastructureConfiguration: infrastructure && writeConfiguration(infrastructure, 'infrastructure'),
      distributionConfiguration: distribution && writeConfiguration(distribution, 'distribution'),
      imageTestsConfiguration: { imageTestsEnabled: build.testsEnabled, timeoutMinutes: 720 },
      executionRole: build.executionRole,
      workflows: build.workflows?.map(({ arn, onFailure }) => ({ workflowArn: arn, onFailure })),
      sourcePipelineArn: build.pipelineArn,
      sourcePipelineName: pipeline?.name,
    },
    latestVersionReferences: latestReferences(build.arn),
  };
}

export function summaryOf(build: BuildRow): object {
  return {
    arn: build.arn,
    name: build.name,
    type: 'AMI',
    version: `${build.version}/${build.build}`,
    platform: 'Linux',
    state: { status: build.status, reason: build.reason, failureContext: build.failureContext },
    dateCreated: build.createdAt,
    outputResources: { amis: build.amis.map((ami) => ({ ...ami, state: { status: build.status } })) },
    tags: build.tags,
    buildType: build.scheduled === true ? 'SCHEDULED' : 'USER_INITIATED',
    imageSource: 'CUSTOM',
    loggingConfiguration: { logGroupName: build.logGroup },
  };
}

export const buildFields = {
  name: (build: BuildRow) => build.name,
  osVersion: () => 'Linux',
  platform: () => 'Linux',
  type: () => 'AMI',
  version: (build: BuildRow) => build.version,
};

/** Lists each version once, however many builds it has. */
function listImages(input: ListInput, call: Call): object {
  const versions = new Map<string, BuildRow>();
  for (const build of listRows(call.state, 'build', call.region)) {
    versions.set(build.arn.slice(0, build.arn.lastIndexOf('/')), build);
  }
  const page = listPage([...versions.entries()], ([arn]) => arn, input, {
    name: ([, build]) => build.name,
    platform: () => 'Linux',
    type: () => 'AMI',
    version: ([, build]) => build.version,
  });
  return {
    requestId: call.requestId,
    imageVersionList: page.items.map(([arn, build]) => ({
      ...summaryOf(build),
      arn,
      version: build.version,
      owner: call.account,
    })),
    nextToken: page.token,
  };
}

/** Sort key that lists the latest build of a version first. */
export function newestBuildFirst(build: BuildRow): string {
  return `${build.name} ${build.version} ${String(1e9 - build.build)}`;
}

function listImageBuildVersions(input: ListInput & { imageVersionArn?: string }, call: Call): object {
  const { imageVersionArn: wanted } = input;
  const builds = listRows(call.state, 'build', call.region).filter(
    (build) => wanted === undefined || arnMatches(wanted, build.arn),
  );
  const page = listPage(builds, newestBuildFirst, input, buildFields);
  return {
    requestId: call.requestId,
    imageSummaryList: page.items.map((build) => ({ ...summaryOf(build), owner: call.account })),
    nextToken: page.token,
  };
}

/** Keeps AMIs and snapshots that already exist (Image Builder API reference, CancelImageCreation). */
function cancelImageCreation(
  input: { imageBuildVersionArn: string; clientToken: string },
  call: Call,
): object {
  const build = findBuild(call, input.imageBuildVersionArn);
  if (!isUnderWay(build) && build.status !== 'CANCELLED') {
    throw new AwsError(
      'InvalidRequestException',
      `Cannot cancel the image '${build.arn}': its state is ${build.status}.`,
    );
  }
  putRow(call.state, 'build', rowKey(call.region, build.arn), {
    ...build,
    status: 'CANCELLED',
    reason: 'Image build was cancelled.',
  });
  call.afterwards(() => call.builder.cancel(build.arn));
  return { requestId: call.requestId, clientToken: input.clientToken, imageBuildVersionArn: build.arn };
}

/**
 * Resumes a failed or cancelled build at its test or distribution phase, with the existing AMI (Image Builder API
 * reference, RetryImage).
 */
function retryImage(input: { imageBuildVersionArn: string; clientToken: string }, call: Call): object {
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    const build = findBuild(call, input.imageBuildVersionArn);
    const resumeAt = retryPoint(build);
    if (resumeAt === undefined) {
      throw new AwsError(
        'InvalidRequestException',
        `Cannot retry the image '${build.arn}': its state is ${build.status}; only a failed or cancelled test or distribution phase can be retried.`,
      );
    }
    const { reason: _, failureContext: __, ...row } = build;
    const again: BuildRow = { ...row, status: 'PENDING', resumeAt };
    putRow(call.state, 'build', rowKey(call.region, build.arn), again);
    call.afterwards(() => call.builder.start(call.region, build.arn));
    return { clientToken: input.clientToken, imageBuildVersionArn: build.arn };
  });
}

function retryPoint(build: BuildRow): BuildRow['resumeAt'] {
  if ((build.status !== 'FAILED' && build.status !== 'CANCELLED') || build.imageId === undefined)
    return undefined;
  return build.failureContext?.['imageStatus'] === 'DISTRIBUTING' ? 'DISTRIBUTION' : 'TEST';
}

/** Deletes the record and keeps the AMI (Image Builder API reference, DeleteImage). */
function deleteImage(input: { imageBuildVersionArn: string }, call: Call): object {
  const build = findBuild(call, input.imageBuildVersionArn);
  if (isUnderWay(build)) {
    throw new AwsError(
      'ResourceDependencyException',
      `Cannot delete the image '${build.arn}': its state is ${build.status}.`,
    );
  }
  call.state.remove('build', rowKey(call.region, build.arn));
  for (const workflow of listRows(call.state, 'workflow', call.region)) {
    if (workflow.buildArn === build.arn) call.state.remove('workflow', rowKey(call.region, workflow.id));
  }
  return { requestId: call.requestId, imageBuildVersionArn: build.arn };
}
