/** Owns images: builds started, watched, cancelled and forgotten. */
import type { Call } from '../call.ts';
import { once } from '../once.ts';
import { getRow, isUnderWay, keyOf, listRows, putRow, type BuildRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { arnMatches, arnOf, invalidValue, latestReferences, notFound } from './arn.ts';
import { writeConfiguration } from './configurations.ts';
import { listPage, type ListInput } from './listing.ts';
import { findRecipe, writeRecipe } from './recipes.ts';

interface CreateInput {
  imageRecipeArn?: string;
  containerRecipeArn?: string;
  distributionConfigurationArn?: string;
  infrastructureConfigurationArn: string;
  imageTestsConfiguration?: { imageTestsEnabled?: boolean };
  enhancedImageMetadataEnabled?: boolean;
  tags?: Record<string, string>;
  clientToken: string;
  workflows?: object[];
  imageScanningConfiguration?: { imageScanningEnabled?: boolean };
  executionRole?: string;
  loggingConfiguration?: { logGroupName?: string };
}

export function createImage(input: CreateInput, call: Call): object {
  return once(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    refuseWhatWeLack(input);
    const recipe = findRecipe(call, input.imageRecipeArn as string);
    const {
      infrastructureConfigurationArn: infrastructureArn,
      distributionConfigurationArn: distributionArn,
    } = input;
    if (!getRow(call.state, 'infrastructure', keyOf(call.region, infrastructureArn))) {
      throw notFound('infrastructure configuration', infrastructureArn);
    }
    if (
      distributionArn !== undefined &&
      !getRow(call.state, 'distribution', keyOf(call.region, distributionArn))
    ) {
      throw notFound('distribution configuration', distributionArn);
    }
    const earlier = listRows(call.state, 'build', call.region).filter(
      (build) => build.name === recipe.name && build.version === recipe.version,
    );
    const build = Math.max(0, ...earlier.map((one) => one.build)) + 1;
    const arn = arnOf(call, 'image', recipe.name, recipe.version, build);
    putRow(call.state, 'build', keyOf(call.region, arn), {
      arn,
      region: call.region,
      name: recipe.name,
      version: recipe.version,
      build,
      recipeArn: recipe.arn,
      infrastructureArn,
      distributionArn,
      testsEnabled: input.imageTestsConfiguration?.imageTestsEnabled ?? true,
      metadataEnabled: input.enhancedImageMetadataEnabled ?? true,
      executionRole: input.executionRole,
      logGroup: input.loggingConfiguration?.logGroupName ?? `/aws/imagebuilder/${recipe.name}`,
      tags: input.tags ?? {},
      createdAt: call.now.toISOString(),
      status: 'PENDING',
      amis: [],
    });
    call.afterwards(() => call.builder.start(call.region, arn));
    return {
      requestId: call.requestId,
      clientToken: input.clientToken,
      imageBuildVersionArn: arn,
      latestVersionReferences: latestReferences(arn),
    };
  });
}

function refuseWhatWeLack(input: CreateInput): void {
  if (input.containerRecipeArn !== undefined)
    throw invalidValue('containerRecipeArn', 'The sandbox builds AMIs only.');
  if (input.imageRecipeArn === undefined) {
    throw new AwsError(
      'InvalidParameterCombinationException',
      'You must specify an imageRecipeArn or a containerRecipeArn.',
    );
  }
  if (input.workflows !== undefined)
    throw invalidValue('workflows', 'The sandbox has the default workflows only.');
  if (input.imageScanningConfiguration?.imageScanningEnabled === true) {
    throw invalidValue('imageScanningConfiguration', 'Amazon Inspector is not enabled for this account.');
  }
}

/** @throws AwsError ResourceNotFoundException */
export function findBuild(call: Pick<Call, 'state' | 'region'>, arn: string): BuildRow {
  const row = getRow(call.state, 'build', keyOf(call.region, arn));
  if (!row) throw notFound('image', arn);
  return row;
}

export function getImage(input: { imageBuildVersionArn: string }, call: Call): object {
  const build = findBuild(call, input.imageBuildVersionArn);
  const recipe = getRow(call.state, 'recipe', keyOf(call.region, build.recipeArn));
  const infrastructure = getRow(call.state, 'infrastructure', keyOf(call.region, build.infrastructureArn));
  const distribution = getRow(call.state, 'distribution', keyOf(call.region, build.distributionArn ?? ''));
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
    },
    latestVersionReferences: latestReferences(build.arn),
  };
}

function summaryOf(build: BuildRow): object {
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
    buildType: 'USER_INITIATED',
    imageSource: 'CUSTOM',
    loggingConfiguration: { logGroupName: build.logGroup },
  };
}

const fields = {
  name: (build: BuildRow) => build.name,
  osVersion: () => 'Linux',
  platform: () => 'Linux',
  type: () => 'AMI',
  version: (build: BuildRow) => build.version,
};

/** One entry for each version, whatever its builds. */
export function listImages(input: ListInput, call: Call): object {
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

export function listImageBuildVersions(input: ListInput & { imageVersionArn?: string }, call: Call): object {
  const { imageVersionArn: wanted } = input;
  const builds = listRows(call.state, 'build', call.region).filter(
    (build) => wanted === undefined || arnMatches(wanted, build.arn),
  );
  // Newest first, as people look for the last one.
  const order = (build: BuildRow): string => `${build.name} ${build.version} ${String(1e9 - build.build)}`;
  const page = listPage(builds, order, input, fields);
  return {
    requestId: call.requestId,
    imageSummaryList: page.items.map((build) => ({ ...summaryOf(build), owner: call.account })),
    nextToken: page.token,
  };
}

/** AMIs and snapshots that exist already stay (Image Builder API reference, CancelImageCreation). */
export function cancelImageCreation(
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
  putRow(call.state, 'build', keyOf(call.region, build.arn), {
    ...build,
    status: 'CANCELLED',
    reason: 'Image build was cancelled.',
  });
  call.afterwards(() => call.builder.cancel(build.arn));
  return { requestId: call.requestId, clientToken: input.clientToken, imageBuildVersionArn: build.arn };
}

/** Only the record goes; the AMI stays (engines.md A1). */
export function deleteImage(input: { imageBuildVersionArn: string }, call: Call): object {
  const build = findBuild(call, input.imageBuildVersionArn);
  if (isUnderWay(build)) {
    throw new AwsError(
      'ResourceDependencyException',
      `Cannot delete the image '${build.arn}': its state is ${build.status}.`,
    );
  }
  call.state.remove('build', keyOf(call.region, build.arn));
  for (const workflow of listRows(call.state, 'workflow', call.region)) {
    if (workflow.buildArn === build.arn) call.state.remove('workflow', keyOf(call.region, workflow.id));
  }
  return { requestId: call.requestId, imageBuildVersionArn: build.arn };
}
