/** Image recipes: immutable versions of a parent image and an ordered list of components. */
import type { Call } from '../call.ts';
import { imageById } from '../ec2/catalogue.ts';
import { oncePerToken } from '../once.ts';
import { findVersion } from '../ssm/lookup.ts';
import {
  getRow,
  rowKey,
  listRows,
  putRow,
  type ImageRow,
  type RecipeRequest,
  type RecipeRow,
} from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import {
  alreadyExists,
  arnMatches,
  imageBuilderArn,
  checkVersion,
  compareSemanticVersions,
  dryRunEnd,
  invalidValue,
  latestReferences,
  normalizeName,
  notFound,
} from './arn.ts';
import { findComponent } from './components.ts';
import { listPage, type ListInput } from './listing.ts';

/** Default quota of components in a recipe (Image Builder endpoints and quotas). */
const MAX_COMPONENTS = 20;

type CreateInput = RecipeRequest & { clientToken: string; dryRun?: boolean };

export function createImageRecipe(input: CreateInput, call: Call): object {
  return oncePerToken(call, input.clientToken, input, 'IdempotentParameterMismatchException', () => {
    const { clientToken, dryRun, ...request } = input;
    checkVersion(request.semanticVersion);
    const version = nextVersion(call, request.name, request.semanticVersion);
    const arn = imageBuilderArn(call, 'image-recipe', request.name, version);
    if (getRow(call.state, 'recipe', rowKey(call.region, arn))) throw alreadyExists('ImageRecipe', arn);
    if (!parentOf(call, request.parentImage)) {
      throw invalidValue(
        'parentImage',
        `The parent image '${request.parentImage}' does not exist, or this account cannot use it.`,
      );
    }
    checkComponents(call, request);
    if (dryRun === true) throw dryRunEnd();
    putRow(call.state, 'recipe', rowKey(call.region, arn), {
      arn,
      region: call.region,
      name: request.name,
      version,
      request,
      tags: request.tags ?? {},
      createdAt: call.now.toISOString(),
    });
    return {
      requestId: call.requestId,
      clientToken,
      imageRecipeArn: arn,
      latestVersionReferences: latestReferences(arn),
    };
  });
}

/** `1.0.x` becomes the next free version (Image Builder API reference, CreateImageRecipe, semanticVersion). */
function nextVersion(call: Call, name: string, wanted: string): string {
  if (!wanted.includes('x')) return wanted;
  const pattern = new RegExp(`^${wanted.replaceAll('.', '\\.').replaceAll('x', '\\d+')}$`);
  const [newest] = listRows(call.state, 'recipe', call.region)
    .filter((row) => normalizeName(row.name) === normalizeName(name) && pattern.test(row.version))
    .map((row) => row.version)
    .sort((a, b) => compareSemanticVersions(b, a));
  const first = wanted.indexOf('x');
  if (!newest) return wanted.replaceAll('x', '0');
  // Increment the node of the first wildcard and reset the nodes after it.
  const index = wanted.slice(0, first).split('.').length - 1;
  return newest
    .split('.')
    .map((node, i) => (i < index ? node : i === index ? String(Number(node) + 1) : '0'))
    .join('.');
}

function checkComponents(call: Call, { components = [] }: RecipeRequest): void {
  if (components.length > MAX_COMPONENTS) {
    throw new AwsError(
      'ServiceQuotaExceededException',
      `A recipe can have at most ${MAX_COMPONENTS} components.`,
      402,
    );
  }
  const arns = components.map(({ componentArn, parameters = [] }) => {
    const row = findComponent(call, componentArn);
    const unknown = parameters.find(
      (parameter) => !row.parameters.some((known) => known.name === parameter.name),
    );
    if (unknown)
      throw invalidValue('components', `The component ${row.arn} has no parameter ${unknown.name}.`);
    const missing = row.parameters.find(
      (known) => known.defaultValue === undefined && !parameters.some((given) => given.name === known.name),
    );
    if (missing)
      throw invalidValue(
        'components',
        `The component ${row.arn} requires a value for its parameter ${missing.name}.`,
      );
    return row.arn;
  });
  const twice = arns.find((arn, i) => arns.indexOf(arn) !== i);
  if (twice !== undefined)
    throw invalidValue('components', `The component ${twice} is listed more than once.`);
}

/** The parent AMI by AMI id, `ssm:name` or image ARN (Image Builder API reference, CreateImageRecipe, parentImage). */
export function parentOf(
  call: Pick<Call, 'state' | 'region' | 'partition' | 'account'>,
  parent: string,
): ImageRow | undefined {
  if (parent.startsWith('ami-')) return imageById(call.state, call.region, parent);
  if (parent.startsWith('ssm:')) return ofParameter(call as Call, parent.slice(4));
  const [newest] = listRows(call.state, 'build', call.region)
    .filter((build) => build.status === 'AVAILABLE' && arnMatches(parent, build.arn))
    .sort((a, b) => compareSemanticVersions(b.version, a.version) || b.build - a.build);
  return newest?.imageId === undefined ? undefined : imageById(call.state, call.region, newest.imageId);
}

function ofParameter(call: Call, name: string): ImageRow | undefined {
  try {
    return imageById(call.state, call.region, findVersion(call, name).version.value);
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

/** @throws AwsError ResourceNotFoundException */
export function findRecipe(call: Pick<Call, 'state' | 'region'>, arn: string): RecipeRow {
  const exact = getRow(call.state, 'recipe', rowKey(call.region, arn));
  if (exact) return exact;
  const [newest] = listRows(call.state, 'recipe', call.region)
    .filter((row) => arnMatches(arn, row.arn))
    .sort((a, b) => compareSemanticVersions(b.version, a.version));
  if (!newest) throw notFound('image recipe', arn);
  return newest;
}

export function getImageRecipe(input: { imageRecipeArn: string }, call: Call): object {
  const row = findRecipe(call, input.imageRecipeArn);
  return {
    requestId: call.requestId,
    imageRecipe: writeRecipe(row, call),
    latestVersionReferences: latestReferences(row.arn),
  };
}

export function writeRecipe(row: RecipeRow, call: Call): object {
  return {
    ...row.request,
    arn: row.arn,
    type: 'AMI',
    version: row.version,
    platform: 'Linux',
    owner: call.account,
    dateCreated: row.createdAt,
    tags: row.tags,
  };
}

export function listImageRecipes(input: ListInput, call: Call): object {
  const page = listPage(listRows(call.state, 'recipe', call.region), (row) => row.arn, input, {
    name: (row) => row.name,
    parentImage: (row) => row.request.parentImage,
    platform: () => 'Linux',
  });
  return {
    requestId: call.requestId,
    imageRecipeSummaryList: page.items.map((row) => writeRecipe(row, call)),
    nextToken: page.token,
  };
}

export function deleteImageRecipe(input: { imageRecipeArn: string }, call: Call): object {
  const { imageRecipeArn: arn } = input;
  if (!getRow(call.state, 'recipe', rowKey(call.region, arn))) throw notFound('image recipe', arn);
  const user =
    listRows(call.state, 'build', call.region).find((build) => build.recipeArn === arn) ??
    listRows(call.state, 'pipeline', call.region).find((one) => arnMatches(one.request.imageRecipeArn, arn));
  if (user) {
    throw new AwsError(
      'ResourceDependencyException',
      `Resource dependency error: The resource ARN '${arn}' has other resources depended on it: ${user.arn}.`,
    );
  }
  call.state.remove('recipe', rowKey(call.region, arn));
  return { requestId: call.requestId, imageRecipeArn: arn };
}
