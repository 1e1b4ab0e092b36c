/** Handles PutParameter. Messages and rules follow the SSM API reference, PutParameter; see rules.ts. */
import type { Call } from '../call.ts';
import { imageById, stateOf } from '../ec2/catalogue.ts';
import { getRow, rowKey, listRows, putRow, type ParameterRow, type ParameterVersionRow } from '../tables.ts';
import { callerArn } from '../sts/index.ts';
import { AwsError } from '../wire/aws-error.ts';
import { checkNewName } from './names.ts';
import { newestVersion } from './lookup.ts';
import { MAX_TAGS, readTags, type ParameterTag } from './tags.ts';

interface Input {
  Name: string;
  Value: string;
  Type?: string;
  Description?: string;
  KeyId?: string;
  Overwrite?: boolean;
  AllowedPattern?: string;
  Tags?: ParameterTag[];
  Tier?: string;
  Policies?: string;
  DataType?: string;
}

const MAX_VERSIONS = 100;
const MAX_PARAMETERS = 10_000;
const SIZES = { Standard: 4096, Advanced: 8192 };
const DATA_TYPES = new Set(['text', 'aws:ec2:image', 'aws:ssm:integration']);

export function putParameter(input: Input, call: Call): object {
  checkNewName(input.Name);
  const key = rowKey(call.region, input.Name);
  const row = getRow(call.state, 'parameter', key);
  checkRequest(input, row, call);
  const before = row && newestVersion(row);
  const next: ParameterVersionRow = {
    version: (before?.version ?? 0) + 1,
    value: input.Value,
    type: input.Type ?? before?.type ?? 'String',
    dataType: input.DataType ?? before?.dataType ?? 'text',
    description: input.Description ?? before?.description,
    keyId: input.KeyId ?? (input.Type === 'SecureString' ? 'alias/aws/ssm' : before?.keyId),
    allowedPattern: input.AllowedPattern ?? before?.allowedPattern,
    tier: tierOf(input, before),
    policies: input.Policies,
    modifiedAt: call.now.toISOString(),
    modifiedBy: callerArn(call),
    labels: [],
  };
  checkVersion(next, before);
  const answer = { Version: next.version, Tier: next.tier };
  // AWS validates an AMI id after it has answered, so a bad id silently changes nothing (PutParameter, DataType).
  if (next.dataType === 'aws:ec2:image' && !isUsableImage(next.value, call)) return answer;
  const versions = withRoom(row);
  putRow(call.state, 'parameter', key, {
    region: call.region,
    name: input.Name,
    tags: row?.tags ?? readTags(input.Tags ?? []),
    versions: [...versions, next],
  });
  return answer;
}

function checkRequest(input: Input, row: ParameterRow | undefined, call: Call): void {
  if (input.Overwrite === true && (input.Tags?.length ?? 0) > 0) {
    throw new AwsError(
      'ValidationException',
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    );
  }
  if ((input.Tags?.length ?? 0) > MAX_TAGS)
    throw new AwsError('TooManyTagsError', `At most ${MAX_TAGS} tags are allowed.`);
  if (row && input.Overwrite !== true) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  if (!row && input.Type === undefined) {
    throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
  }
  if (!row && listRows(call.state, 'parameter', call.region).length >= MAX_PARAMETERS) {
    throw new AwsError(
      'ParameterLimitExceeded',
      'You have exceeded the number of parameters for this AWS account.',
    );
  }
  if (input.DataType !== undefined && !DATA_TYPES.has(input.DataType)) {
    throw new AwsError(
      'ValidationException',
      `The following data type is not supported: ${input.DataType} (Data type names are all lowercase.)`,
    );
  }
  if (input.DataType === 'aws:ec2:image' && (input.Type ?? (row && newestVersion(row).type)) !== 'String') {
    throw new AwsError(
      'ValidationException',
      'The data type aws:ec2:image is only supported for parameters of type String.',
    );
  }
}

function checkVersion(next: ParameterVersionRow, before: ParameterVersionRow | undefined): void {
  if (before && before.type !== next.type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
    );
  }
  if (before?.tier === 'Advanced' && next.tier === 'Standard') {
    throw new AwsError(
      'ValidationException',
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  const limit = SIZES[next.tier as keyof typeof SIZES];
  if (Buffer.byteLength(next.value) > limit) {
    throw new AwsError(
      'ValidationException',
      `${next.tier} tier parameters support a maximum parameter value of ${limit} characters.` +
        (next.tier === 'Standard'
          ? ' To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.'
          : ''),
    );
  }
  if (next.value === '') throw new AwsError('ValidationException', 'The parameter value must not be empty.');
  if (
    next.tier === 'Standard' &&
    next.policies !== undefined &&
    next.policies !== '' &&
    next.policies !== '{}'
  ) {
    throw new AwsError('ValidationException', 'Parameter policies need the advanced-parameter tier.');
  }
  if (next.allowedPattern !== undefined && next.allowedPattern !== '')
    checkPattern(next.value, next.allowedPattern);
}

function checkPattern(value: string, allowed: string): void {
  let pattern: RegExp;
  try {
    pattern = new RegExp(allowed);
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      `The request does not meet the regular expression requirement: ${allowed}`,
    );
  }
  if (pattern.test(value)) return;
  throw new AwsError(
    'ParameterPatternMismatchException',
    `Parameter value, cannot be validated against allowedPattern: ${allowed}`,
  );
}

/** Intelligent-Tiering chooses the cheapest tier that fits the parameter (SSM user guide, "Parameter tiers"). */
function tierOf(input: Input, before: ParameterVersionRow | undefined): string {
  if (input.Tier === 'Intelligent-Tiering') {
    const advanced =
      Buffer.byteLength(input.Value) > SIZES.Standard ||
      before?.tier === 'Advanced' ||
      input.Policies !== undefined;
    return advanced ? 'Advanced' : 'Standard';
  }
  return input.Tier ?? before?.tier ?? 'Standard';
}

/** True for the id of an AMI that this account can use and that is available. */
function isUsableImage(value: string, call: Call): boolean {
  const image = imageById(call.state, call.region, value);
  return image !== undefined && stateOf(image, call.now) === 'available';
}

/** Earlier versions to keep: 100 with the new one. The oldest is dropped; if it has a label, the write is refused. */
function withRoom(row: ParameterRow | undefined): ParameterVersionRow[] {
  const versions = row?.versions ?? [];
  const [oldest] = versions;
  if (!row || !oldest || versions.length < MAX_VERSIONS) return versions;
  if (oldest.labels.length > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${row.name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  return versions.slice(1);
}
