/** Owns the objects a build needs: made once, met again when their content is equal. */
import {
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
} from '@aws-sdk/client-imagebuilder';
import { isAws } from '../../aws/errors.ts';
import type { Component } from '../../render/imagebuilder.ts';
import { imageBuilderName } from '../../render/names.ts';
import type { BakeContext, Build } from '../engine.ts';
import {
  VERSION,
  arnOf,
  clientToken,
  distributionName,
  infrastructureName,
  recipeName,
  type Place,
} from './names.ts';

export interface BuildObjects {
  recipe: string;
  infrastructure: string;
  distribution: string;
}

export async function ensureObjects(
  build: Build,
  components: readonly Component[],
  context: BakeContext,
): Promise<BuildObjects> {
  const place = { partition: context.partition, region: build.region, account: context.account };
  const arns = await Promise.all(components.map((component) => ensureComponent(component, place, context)));
  const [recipe, infrastructure, distribution] = await Promise.all([
    ensureRecipe(build, arns, place, context),
    ensureInfrastructure(build, place, context),
    ensureDistribution(build, place, context),
  ]);
  return { recipe, infrastructure, distribution };
}

async function ensureComponent(component: Component, place: Place, context: BakeContext): Promise<string> {
  const arn = arnOf(place, 'component', component.name, `${VERSION}/1`);
  return createOrMeet(arn, async () => {
    const answer = await context.aws.imagebuilder(place.region).send(
      new CreateComponentCommand({
        name: component.name,
        semanticVersion: VERSION,
        platform: 'Linux',
        data: component.document,
        clientToken: clientToken(component.name, context.run),
      }),
    );
    return answer.componentBuildVersionArn;
  });
}

async function ensureRecipe(
  build: Build,
  components: string[],
  place: Place,
  context: BakeContext,
): Promise<string> {
  const name = recipeName(build);
  return createOrMeet(arnOf(place, 'image-recipe', name, VERSION), async () => {
    const answer = await context.aws.imagebuilder(place.region).send(
      new CreateImageRecipeCommand({
        name,
        semanticVersion: VERSION,
        description: `${build.label} for ParallelCluster ${build.parallelcluster}, ${build.recipe}`,
        parentImage: build.base.id,
        components: components.map((componentArn) => ({ componentArn })),
        // The root device stays first and as large as it was: a cluster that pins a smaller RootVolume.Size breaks.
        blockDeviceMappings: [
          {
            deviceName: build.base.rootDevice,
            ebs: {
              encrypted: true,
              deleteOnTermination: true,
              volumeType: 'gp3',
              ...(build.base.sizeGiB === undefined ? {} : { volumeSize: build.base.sizeGiB }),
              ...(build.builder.kmsKey === undefined ? {} : { kmsKeyId: build.builder.kmsKey }),
            },
          },
        ],
        clientToken: clientToken(name, context.run),
      }),
    );
    return answer.imageRecipeArn;
  });
}

async function ensureInfrastructure(build: Build, place: Place, context: BakeContext): Promise<string> {
  const name = infrastructureName(build);
  const { builder } = build;
  return createOrMeet(arnOf(place, 'infrastructure-configuration', name), async () => {
    const answer = await context.aws.imagebuilder(place.region).send(
      new CreateInfrastructureConfigurationCommand({
        name,
        instanceTypes: [builder.instanceType],
        instanceProfileName: builder.instanceProfile,
        terminateInstanceOnFailure: true,
        instanceMetadataOptions: { httpTokens: 'required' },
        ...(builder.subnet === undefined ? {} : { subnetId: builder.subnet }),
        ...(builder.securityGroups.length === 0 ? {} : { securityGroupIds: [...builder.securityGroups] }),
        ...(Object.keys(builder.tags).length === 0 ? {} : { resourceTags: { ...builder.tags } }),
        clientToken: clientToken(name, context.run),
      }),
    );
    return answer.infrastructureConfigurationArn;
  });
}

async function ensureDistribution(build: Build, place: Place, context: BakeContext): Promise<string> {
  const name = distributionName(build, context.run);
  return createOrMeet(arnOf(place, 'distribution-configuration', name), async () => {
    const answer = await context.aws.imagebuilder(place.region).send(
      new CreateDistributionConfigurationCommand({
        name,
        distributions: [
          {
            region: build.region,
            amiDistributionConfiguration: {
              name: imageBuilderName(build.name),
              // ParallelCluster's OpenRM check reads the Description (facts/parallelcluster.md 3.1).
              description: build.base.description,
              amiTags: { ...context.tags },
            },
          },
        ],
        clientToken: clientToken(name, context.run),
      }),
    );
    return answer.distributionConfigurationArn;
  });
}

/** ResourceAlreadyExists means: equal content is there already, under the ARN its name gives (engines.md A2, trap 16). */
async function createOrMeet(arn: string, create: () => Promise<string | undefined>): Promise<string> {
  try {
    return (await create()) ?? arn;
  } catch (error) {
    if (isAws(error, 'ResourceAlreadyExistsException')) return arn;
    throw error;
  }
}
