/** ARNs of Image Builder resources, and the errors that several operations share. */
import type { Call } from '../call.ts';
import { AwsError } from '../wire/aws-error.ts';

type Place = Pick<Call, 'partition' | 'region' | 'account'>;

/** ARNs contain a normalized name. Names that differ only in case, spaces and underscores are therefore equal. */
export function normalizeName(name: string): string {
  return name.toLowerCase().replace(/[ _]/g, '-');
}

export function imageBuilderArn(
  place: Place,
  kind: string,
  name: string,
  ...rest: (string | number)[]
): string {
  const tail = [normalizeName(name), ...rest].join('/');
  return `arn:${place.partition}:imagebuilder:${place.region}:${place.account}:${kind}/${tail}`;
}

/** The wildcard ARNs that Create* and Get* return for a version `…/1.2.3[/4]` of a resource. */
export function latestReferences(arn: string): object {
  const found = /^(.*)\/(\d+)\.(\d+)\.(\d+)(?:\/\d+)?$/.exec(arn);
  if (!found) return {};
  const [, head, major, minor, patch] = found;
  return {
    latestVersionArn: `${head}/x.x.x`,
    latestMajorVersionArn: `${head}/${major}.x.x`,
    latestMinorVersionArn: `${head}/${major}.${minor}.x`,
    latestPatchVersionArn: `${head}/${major}.${minor}.${patch}`,
  };
}

/** Each node of a version is at most 2^30 - 1 (Image Builder API reference, semantic versioning). */
const MAX_NODE = 2 ** 30 - 1;

/** @throws AwsError InvalidVersionNumberException */
export function checkVersion(version: string): void {
  if (version.split('.').every((node) => node === 'x' || Number(node) <= MAX_NODE)) return;
  throw new AwsError(
    'InvalidVersionNumberException',
    `The semantic version ${version} is not valid: a node is larger than ${MAX_NODE}.`,
  );
}

/** Compares versions x.y.z numerically. */
export function compareSemanticVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  return [0, 1, 2].map((i) => (left[i] ?? 0) - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** True if `pattern`, which may have `x` wildcards in its version and omit the build number, matches `arn`. */
export function arnMatches(pattern: string, arn: string): boolean {
  const source = pattern
    .split('/')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&').replace(/(^|\\\.)x(?=\\\.|$)/g, '$1\\d+'))
    .join('/');
  return new RegExp(`^${source}(/\\d+)?$`).test(arn);
}

export function notFound(what: string, arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', `The ${what} '${arn}' could not be found.`, 404);
}

export function alreadyExists(what: string, arn: string): AwsError {
  return new AwsError(
    'ResourceAlreadyExistsException',
    `The following resource '${what}' already exists: '${arn}'.`,
  );
}

export function invalidValue(parameter: string, why: string): AwsError {
  return new AwsError(
    'InvalidParameterValueException',
    `The value supplied for parameter '${parameter}' is not valid. ${why}`,
  );
}

/** The error by which a dry run reports success (Image Builder API reference, dryRun). */
export function dryRunEnd(): AwsError {
  return new AwsError(
    'DryRunOperationException',
    'The dry run operation of the resource was successful, and no resources or mutations were actually performed due to the dry run flag in the request.',
    412,
  );
}
