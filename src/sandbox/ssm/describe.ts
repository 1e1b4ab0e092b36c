/** Handles DescribeParameters. */
import type { Call } from '../call.ts';
import { byKey, pageOf } from '../paging.ts';
import { listRows, type ParameterRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { matchesAll, type ParameterFilter } from './filters.ts';
import { newestVersion, writeMetadata } from './lookup.ts';
import { badToken } from './read.ts';

interface Input {
  /** The older form of filters: BeginsWith for Name, Equals for all other keys. */
  Filters?: { Key: string; Values: string[] }[];
  ParameterFilters?: ParameterFilter[];
  Shared?: boolean;
  MaxResults?: number;
  NextToken?: string;
}

export function describeParameters(input: Input, call: Call): object {
  if (input.Filters?.length && input.ParameterFilters?.length) {
    throw new AwsError(
      'ValidationException',
      'You can use either Filters or ParameterFilters in a single request.',
    );
  }
  const older = (input.Filters ?? []).map(({ Key, Values }): ParameterFilter => ({
    Key,
    Values,
    Option: Key === 'Name' ? 'BeginsWith' : 'Equals',
  }));
  const filters = [...older, ...(input.ParameterFilters ?? [])];
  const rows = input.Shared === true ? [] : listRows(call.state, 'parameter', call.region);
  const found = rows.filter((row) => matchesAll(row, filters)).sort(byKey(nameOf));
  const page = pageOf(found, nameOf, { token: input.NextToken, size: input.MaxResults ?? 50, bad: badToken });
  return {
    Parameters: page.items.map((row) => writeMetadata(row, newestVersion(row), call)),
    NextToken: page.token,
  };
}

function nameOf(row: ParameterRow): string {
  return row.name;
}
