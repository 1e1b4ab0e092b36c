/** Creates the objects that a build needs, or finds those with the same content. */
import {
  CreateComponentCommand,
  CreateDistributionConfigurationCommand,
  CreateImageRecipeCommand,
  CreateInfrastructureConfigurationCommand,
} from '@aws-sdk/client-imagebuilder';
import { sizeText } from '../../assets/speed.ts';
import { isAws } from '../../aws/errors.ts';
import type { StepFile } from '../../image/step.ts';
import { componentsOf, type Component } from './components.ts';
import type { BakeContext } from '../engine.ts';
import {
  VERSION,
  arnOf,
  distributionName,
  freshToken,
  infrastructureName,
  imageRecipeName,
  type ArnScope,
} from './names.ts';
import type { ImageBuilderBuild } from './section.ts';
import { infrastructureBody, ownDistribution, recipeBody } from './requests.ts';

/** What creating objects needs: clients, and how to report progress. */
export type Maker = Pick<BakeContext, 'aws' | 'account' | 'partition' | 'run' | 'store'> &
  Partial<Pick<BakeContext, 'emit' | 'signal'>>;

export interface BuildObjects {
  recipe: string;
  infrastructure: string;
  distribution: string;
}

export async function ensureObjects(build: ImageBuilderBuild, context: BakeContext): Promise<BuildObjects> {
  const arns = await ensureComponents(build, context);
  const [recipe, infrastructure, distribution] = await Promise.all([
    ensureRecipe(imageRecipeName(build), build, build.base.id, arns, context),
    ensureInfrastructure(build, context),
    ensureDistribution(build, context),
  ]);
  return { recipe, infrastructure, distribution };
}

export function placeOf(
  { region }: Pick<ImageBuilderBuild, 'region'>,
  { account, partition }: Maker,
): ArnScope {
  return { partition, region, account };
}

/**
 * Creates the components of a build, after staging the files that they download.
 * @returns build version ARNs in the order of the recipe
 */
export async function ensureComponents(build: ImageBuilderBuild, maker: Maker): Promise<string[]> {
  const { components, staged } = componentsOf(build);
  const documents = components.flatMap(({ key, document }) =>
    key === undefined ? [] : [{ key, text: document }],
  );
  const texts = [...staged, ...documents].flatMap((one) => ('text' in one ? [one] : []));
  // Keys contain the digest, so an existing object has the same content.
  await Promise.all(
    texts.map(({ key, text }) =>
      maker.store.put(key, text, { contentType: 'text/plain; charset=utf-8', ifAbsent: true }),
    ),
  );
  await stageFiles(
    staged.flatMap((one) => ('file' in one ? [one] : [])),
    build,
    maker,
  );
  return Promise.all(components.map((component) => ensureComponent(component, placeOf(build, maker), maker)));
}

/** Uploads one file after another: they may be large and share one connection to the network. */
async function stageFiles(
  files: readonly { key: string; file: StepFile }[],
  { label }: ImageBuilderBuild,
  { store, emit, signal }: Maker,
): Promise<void> {
  for (const [index, { key, file }] of files.entries()) {
    signal?.throwIfAborted();
    const text = `${sizeText(file.size)} to ${store.uriOf(key)}`;
    emit?.({
      type: 'stageProgress',
      stage: 'bake',
      target: label,
      text,
      done: index,
      total: files.length,
    });
    await store.putFile(key, file, { ifAbsent: true });
  }
}

async function ensureComponent(component: Component, place: ArnScope, maker: Maker): Promise<string> {
  const arn = arnOf(place, 'component', component.name, `${VERSION}/1`);
  return createOrMeet(arn, async () => {
    const answer = await maker.aws.imagebuilder(place.region).send(
      new CreateComponentCommand({
        name: component.name,
        semanticVersion: VERSION,
        platform: 'Linux',
        ...(component.key === undefined
          ? { data: component.document }
          : { uri: maker.store.uriOf(component.key) }),
        clientToken: freshToken(),
      }),
    );
    return answer.componentBuildVersionArn;
  });
}

/** @param parentImage an AMI id, or `ssm:<parameter>` */
export async function ensureRecipe(
  name: string,
  build: ImageBuilderBuild,
  parentImage: string,
  componentArns: readonly string[],
  maker: Maker,
): Promise<string> {
  return createOrMeet(arnOf(placeOf(build, maker), 'image-recipe', name, VERSION), async () => {
    const answer = await maker.aws.imagebuilder(build.region).send(
      new CreateImageRecipeCommand({
        name,
        semanticVersion: VERSION,
        description: `${build.label} for ParallelCluster ${build.parallelcluster}, ${build.recipe}`.slice(
          0,
          1024,
        ),
        ...recipeBody(build, parentImage, componentArns),
        clientToken: freshToken(),
      }),
    );
    return answer.imageRecipeArn;
  });
}

export async function ensureInfrastructure(build: ImageBuilderBuild, maker: Maker): Promise<string> {
  const body = infrastructureBody(build);
  const name = infrastructureName(build.prefix, body);
  return createOrMeet(arnOf(placeOf(build, maker), 'infrastructure-configuration', name), async () => {
    const answer = await maker.aws.imagebuilder(build.region).send(
      new CreateInfrastructureConfigurationCommand({
        name,
        ...body,
        clientToken: freshToken(),
      }),
    );
    return answer.infrastructureConfigurationArn;
  });
}

async function ensureDistribution(build: ImageBuilderBuild, context: BakeContext): Promise<string> {
  const name = distributionName(build, context.run);
  return createOrMeet(arnOf(placeOf(build, context), 'distribution-configuration', name), async () => {
    const answer = await context.aws.imagebuilder(build.region).send(
      new CreateDistributionConfigurationCommand({
        name,
        distributions: [ownDistribution(build, context.tags)],
        clientToken: freshToken(),
      }),
    );
    return answer.distributionConfigurationArn;
  });
}

/** ResourceAlreadyExistsException means that an object with the same content exists under the ARN of this name (Image Builder API reference, CreateComponent). */
async function createOrMeet(arn: string, create: () => Promise<string | undefined>): Promise<string> {
  try {
    return (await create()) ?? arn;
  } catch (error) {
    if (isAws(error, 'ResourceAlreadyExistsException')) return arn;
    throw error;
  }
}
