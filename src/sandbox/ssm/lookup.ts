/** Finds parameters and their versions, and writes a version into a response. */
import type { Call } from '../call.ts';
import { getRow, rowKey, type ParameterRow, type ParameterVersionRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { parameterArn, parseReference, type ParameterReference } from './names.ts';

export interface FoundVersion {
  row: ParameterRow;
  version: ParameterVersionRow;
  selector: string | undefined;
}

/** Resolves a name or an ARN, with or without a selector, in this account. */
export function readReference(call: Pick<Call, 'state' | 'region'>, text: string): ParameterReference {
  return parseReference(
    text,
    call.region,
    (name) => getRow(call.state, 'parameter', rowKey(call.region, name)) !== undefined,
  );
}

/** @throws AwsError ParameterNotFound */
export function findParameter(call: Pick<Call, 'state' | 'region'>, name: string): ParameterRow {
  const row = getRow(call.state, 'parameter', rowKey(call.region, name));
  if (!row) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
  return row;
}

/** @throws AwsError ParameterNotFound, ParameterVersionNotFound */
export function findVersion(call: Call, text: string): FoundVersion {
  const { name, selector } = readReference(call, text);
  const row = findParameter(call, name);
  if (selector === undefined) return { row, version: newestVersion(row), selector };
  const version = row.versions.find(
    (one) => String(one.version) === selector || one.labels.includes(selector),
  );
  if (!version) {
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    );
  }
  return { row, version, selector };
}

/** A parameter always has at least one version. */
export function newestVersion(row: ParameterRow): ParameterVersionRow {
  return row.versions.at(-1) as ParameterVersionRow;
}

export function writeParameter(
  { row, version, selector }: FoundVersion,
  decrypt: boolean | undefined,
  call: Call,
): object {
  return {
    Name: row.name,
    Type: version.type,
    Value: shownValue(version, decrypt),
    Version: version.version,
    Selector: selector === undefined ? undefined : `:${selector}`,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: parameterArn(row.name, call),
    DataType: version.dataType,
  };
}

/** Without WithDecryption a SecureString is returned as ciphertext; the sandbox returns a placeholder. */
export function shownValue(version: ParameterVersionRow, decrypt: boolean | undefined): string {
  if (version.type !== 'SecureString' || decrypt === true) return version.value;
  return Buffer.from(`sandbox:${version.version}:${version.keyId ?? ''}`).toString('base64');
}

/** The members that GetParameterHistory returns for a version. */
export function writeMetadata(row: ParameterRow, version: ParameterVersionRow, call: Call): object {
  return {
    Name: row.name,
    ARN: parameterArn(row.name, call),
    Type: version.type,
    KeyId: version.keyId,
    LastModifiedDate: new Date(version.modifiedAt),
    LastModifiedUser: version.modifiedBy,
    Description: version.description,
    AllowedPattern: version.allowedPattern,
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  };
}
