/** Checks parameter names and parses `name:selector`. rules.ts cites the source of each rule. */
import type { Call } from '../call.ts';
import { AwsError } from '../wire/aws-error.ts';

const MAX_LEVELS = 15;
/** With its ARN a name may have 2048 characters, the name alone 1011 (SSM API reference, PutParameter). */
const MAX_NAME = 1011;

const REQUIREMENTS =
  'Parameter name must be a fully qualified name when it has a hierarchy: it must begin with a forward slash "/". It may hold only letters, numbers and the symbols .-_/ , not end in "/", and not hold "//".';

/** @throws AwsError if PutParameter would refuse the name for a new parameter */
export function checkNewName(name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name) || name.endsWith('/') || name.includes('//')) {
    throw new AwsError(
      'ValidationException',
      `Parameter name: ${name} does not meet the requirements. ${REQUIREMENTS}`,
    );
  }
  if (name.includes('/') && !name.startsWith('/')) throw new AwsError('ValidationException', REQUIREMENTS);
  if (name.length > MAX_NAME) {
    throw new AwsError(
      'ValidationException',
      `Parameter name exceeds the maximum length of ${MAX_NAME} characters.`,
    );
  }
  const levels = name.split('/').filter((part) => part !== '');
  if (levels.length > MAX_LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A parameter name can have a maximum of ${MAX_LEVELS} hierarchies. The name has ${levels.length}.`,
    );
  }
  const [first = ''] = levels;
  if (/^aws/i.test(first) && name.startsWith('/')) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (/^(aws|ssm)/i.test(first)) {
    throw new AwsError(
      'ValidationException',
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
}

export interface ParameterReference {
  name: string;
  /** A version number or a label. */
  selector: string | undefined;
}

/**
 * Parses `name`, `name:3`, `name:label`, or an ARN of one of these (SSM API reference, GetParameter).
 * @param exists decides between `x` and `/x`, which have the same ARN
 */
export function parseReference(
  text: string,
  region: string,
  exists: (name: string) => boolean,
): ParameterReference {
  const arn = /^arn:aws[a-z-]*:ssm:([a-z0-9-]+):\d{12}:parameter(\/.+)$/.exec(text);
  const bare = arn?.[1] === region ? (arn[2] as string) : text;
  const colon = bare.lastIndexOf(':');
  const name = colon === -1 ? bare : bare.slice(0, colon);
  const selector = colon === -1 ? undefined : bare.slice(colon + 1);
  return { name: arn && !exists(name) ? name.slice(1) : name, selector };
}

export function parameterArn(name: string, call: Pick<Call, 'partition' | 'region' | 'account'>): string {
  return `arn:${call.partition}:ssm:${call.region}:${call.account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}
