/** Starts a build, for CreateImage and for pipelines. */
import type { Call } from '../call.ts';
import { getRow, rowKey, listRows, putRow, type BuildRow, type WorkflowConfiguration } from '../tables.ts';
import { imageBuilderArn, notFound } from './arn.ts';
import { findComponent } from './components.ts';
import { resolveWorkflows } from './own-workflows.ts';
import { findRecipe, parentOf } from './recipes.ts';

export type BuildContext = Pick<
  Call,
  'state' | 'now' | 'region' | 'account' | 'partition' | 'builder' | 'afterwards'
>;

export interface BuildRequest {
  imageRecipeArn: string;
  infrastructureConfigurationArn: string;
  distributionConfigurationArn?: string;
  imageTestsConfiguration?: { imageTestsEnabled?: boolean };
  enhancedImageMetadataEnabled?: boolean;
  tags?: Record<string, string>;
  workflows?: WorkflowConfiguration[];
  executionRole?: string;
  loggingConfiguration?: { logGroupName?: string | undefined };
  pipelineArn?: string;
  scheduled?: boolean;
}

/** Records the build and queues it. @returns its ARN @throws AwsError if a resource that it names does not exist */
export function beginBuild(call: BuildContext, wish: BuildRequest): string {
  const recipe = findRecipe(call, wish.imageRecipeArn);
  checkConfigurations(call, wish);
  const workflows = resolveWorkflows(call, wish.workflows, wish.executionRole);
  const earlier = listRows(call.state, 'build', call.region).filter(
    (build) => build.name === recipe.name && build.version === recipe.version,
  );
  const build = Math.max(0, ...earlier.map((one) => one.build)) + 1;
  const arn = imageBuilderArn(call, 'image', recipe.name, recipe.version, build);
  putRow(call.state, 'build', rowKey(call.region, arn), {
    arn,
    region: call.region,
    name: recipe.name,
    version: recipe.version,
    build,
    recipeArn: recipe.arn,
    infrastructureArn: wish.infrastructureConfigurationArn,
    distributionArn: wish.distributionConfigurationArn,
    testsEnabled: wish.imageTestsConfiguration?.imageTestsEnabled ?? true,
    metadataEnabled: wish.enhancedImageMetadataEnabled ?? true,
    executionRole: wish.executionRole,
    logGroup: wish.loggingConfiguration?.logGroupName ?? `/aws/imagebuilder/${recipe.name}`,
    tags: wish.tags ?? {},
    createdAt: call.now.toISOString(),
    status: 'PENDING',
    amis: [],
    workflows,
    pipelineArn: wish.pipelineArn,
    scheduled: wish.scheduled,
    madeOf: resolveDependencies(call, recipe.arn),
  });
  call.afterwards(() => call.builder.start(call.region, arn));
  return arn;
}

/** @throws AwsError ResourceNotFoundException */
export function checkConfigurations(
  call: Pick<Call, 'state' | 'region'>,
  wish: Pick<BuildRequest, 'infrastructureConfigurationArn' | 'distributionConfigurationArn'>,
): void {
  const { infrastructureConfigurationArn: infrastructure, distributionConfigurationArn: distribution } = wish;
  if (!getRow(call.state, 'infrastructure', rowKey(call.region, infrastructure)))
    throw notFound('infrastructure configuration', infrastructure);
  if (distribution !== undefined && !getRow(call.state, 'distribution', rowKey(call.region, distribution)))
    throw notFound('distribution configuration', distribution);
}

/** Resolves wildcards and parameters of a recipe to the parent image and components that they match now. */
export function resolveDependencies(
  call: Pick<Call, 'state' | 'region' | 'partition' | 'account'>,
  recipeArn: string,
): BuildRow['madeOf'] {
  const { request } = findRecipe(call, recipeArn);
  return {
    parent: parentOf(call, request.parentImage)?.id,
    components: (request.components ?? []).map(({ componentArn }) => findComponent(call, componentArn).arn),
  };
}
