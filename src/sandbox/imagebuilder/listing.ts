/** Look-up of a versioned resource by ARN, and the filters and pages of the List* operations. */
import { byKey, pageOf } from '../paging.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Call } from '../call.ts';
import { getRow, rowKey, listRows, type Tables } from '../tables.ts';
import { arnMatches, compareSemanticVersions, invalidValue, notFound } from './arn.ts';

export interface ListInput {
  filters?: { name?: string; values?: string[] }[];
  maxResults?: number;
  nextToken?: string;
  owner?: string;
}

/** Image Builder API reference: maxResults is 25 by default. */
const PAGE = 25;

/** Finds the newest row that matches a build version ARN, a version ARN or a wildcard. @throws AwsError */
export function findVersioned<T extends 'component' | 'ownWorkflow'>(
  { state, region }: Pick<Call, 'state' | 'region'>,
  table: T,
  what: string,
  arn: string,
): Tables[T] {
  const exact = getRow(state, table, rowKey(region, arn));
  if (exact) return exact;
  const [newest] = listRows(state, table, region)
    .filter((row) => arnMatches(arn, row.arn))
    .sort((a, b) => compareSemanticVersions(b.version, a.version) || b.build - a.build);
  if (!newest) throw notFound(what, arn);
  return newest;
}

/**
 * Filters the rows, orders them by `keyOf`, and returns one page.
 * @param fields filter name → the value of a row
 * @throws AwsError InvalidParameterValueException for an unknown filter, InvalidPaginationTokenException
 */
export function listPage<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  input: ListInput,
  fields: Readonly<Record<string, (row: T) => string>>,
): { items: T[]; token: string | undefined } {
  const tests = (input.filters ?? []).map(({ name = '', values = [] }) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) throw invalidValue('filters', `There is no filter ${name}.`);
    return (row: T) => values.includes(field(row));
  });
  // The sandbox has no resources of Amazon, so every row belongs to this account.
  const owned = input.owner === undefined || input.owner === 'Self' ? rows : [];
  const passed = owned.filter((row) => tests.every((test) => test(row))).sort(byKey(keyOf));
  return pageOf(passed, keyOf, {
    token: input.nextToken,
    size: input.maxResults ?? PAGE,
    bad: () => new AwsError('InvalidPaginationTokenException', 'The pagination token is not valid.'),
  });
}
