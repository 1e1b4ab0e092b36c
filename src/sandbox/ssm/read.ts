/** Handles GetParameter, GetParameters, GetParametersByPath and GetParameterHistory. */
import type { Call } from '../call.ts';
import { byKey, pageOf } from '../paging.ts';
import { listRows, type ParameterRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { matchesAll, type ParameterFilter } from './filters.ts';
import {
  findParameter,
  findVersion,
  newestVersion,
  readReference,
  shownValue,
  writeMetadata,
  writeParameter,
  type FoundVersion,
} from './lookup.ts';

export function getParameter(input: { Name: string; WithDecryption?: boolean }, call: Call): object {
  return { Parameter: writeParameter(findVersion(call, input.Name), input.WithDecryption, call) };
}

/** Missing parameters are listed in InvalidParameters and are not an error. */
export function getParameters(input: { Names: string[]; WithDecryption?: boolean }, call: Call): object {
  const invalid: string[] = [];
  const found = [...new Set(input.Names)].flatMap((name) => tryFind(name, invalid, call));
  return {
    Parameters: found.map((one) => writeParameter(one, input.WithDecryption, call)),
    InvalidParameters: invalid,
  };
}

function tryFind(name: string, invalid: string[], call: Call): FoundVersion[] {
  try {
    return [findVersion(call, name)];
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    invalid.push(name);
    return [];
  }
}

interface ByPathInput {
  Path: string;
  Recursive?: boolean;
  ParameterFilters?: ParameterFilter[];
  WithDecryption?: boolean;
  MaxResults?: number;
  NextToken?: string;
}

export function getParametersByPath(input: ByPathInput, call: Call): object {
  if (!input.Path.startsWith('/') || /[^a-zA-Z0-9_.\-/]/.test(input.Path) || input.Path.includes('//')) {
    throw new AwsError(
      'ValidationException',
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore).',
    );
  }
  const prefix = input.Path.endsWith('/') ? input.Path : `${input.Path}/`;
  const below = listRows(call.state, 'parameter', call.region).filter(
    (row) =>
      row.name.startsWith(prefix) &&
      (input.Recursive === true || !row.name.slice(prefix.length).includes('/')),
  );
  const labels = (input.ParameterFilters ?? [])
    .filter((filter) => filter.Key === 'Label')
    .flatMap((f) => f.Values ?? []);
  const others = (input.ParameterFilters ?? []).filter((filter) => filter.Key !== 'Label');
  const found = below.filter((row) => matchesAll(row, others)).flatMap((row) => versionOf(row, labels));
  const page = pageOf(found.sort(byKey(nameOf)), nameOf, {
    token: input.NextToken,
    size: input.MaxResults ?? 10,
    bad: badToken,
  });
  return {
    Parameters: page.items.map((one) => writeParameter(one, input.WithDecryption, call)),
    NextToken: page.token,
  };
}

/** With a label filter, the versions that have the label; otherwise the newest version. */
function versionOf(row: ParameterRow, labels: string[]): FoundVersion[] {
  if (labels.length === 0) return [{ row, version: newestVersion(row), selector: undefined }];
  return row.versions
    .filter((version) => version.labels.some((label) => labels.includes(label)))
    .map((version) => ({ row, version, selector: undefined }));
}

function nameOf({ row }: FoundVersion): string {
  return row.name;
}

export function badToken(): AwsError {
  return new AwsError('InvalidNextToken', "The specified token isn't valid.");
}

interface HistoryInput {
  Name: string;
  WithDecryption?: boolean;
  MaxResults?: number;
  NextToken?: string;
}

/** Oldest first. */
export function getParameterHistory(input: HistoryInput, call: Call): object {
  const row = findParameter(call, readReference(call, input.Name).name);
  const order = (version: { version: number }): string => String(version.version).padStart(12, '0');
  const page = pageOf(row.versions, order, {
    token: input.NextToken,
    size: input.MaxResults ?? 50,
    bad: badToken,
  });
  return {
    Parameters: page.items.map((version) => ({
      ...writeMetadata(row, version, call),
      Value: shownValue(version, input.WithDecryption),
      Labels: version.labels,
    })),
    NextToken: page.token,
  };
}
