/** Selects, filters and pages rows for Describe operations. */
import type { Call } from '../../call.ts';
import { byKey, pageOf } from '../../paging.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { applyFilters, type Fields, type Filter } from '../filters.ts';
import { tagsOf, toTagList } from '../tags.ts';

export interface DescribeRequest {
  ids: readonly string[] | undefined;
  filters: readonly Filter[] | undefined;
  size: number | undefined;
  token: string | undefined;
}

export interface ResourceKind<T extends { id: string }> {
  rows: readonly T[];
  fields: Fields<T>;
  /** The error for an id that does not exist. */
  missing(id: string): AwsError;
  write(row: T): object;
  /** The value of its built-in tag Name. */
  named?(row: T): string;
}

/**
 * The requested rows in the form of the answer, and the token of the next page.
 * @throws AwsError for an unknown id or filter
 */
export function describeResources<T extends { id: string }>(
  request: DescribeRequest,
  kind: ResourceKind<T>,
  call: Call,
): { list: object[]; token: string | undefined } {
  const ids = [...new Set(request.ids)];
  const rows = ids.length === 0 ? kind.rows : ids.map((id) => byId(kind, id));
  const passed = applyFilters(rows, request.filters, kind.fields, (row) => tags(row)).sort(byKey(idOf));
  const page = pageOf(passed, idOf, {
    token: request.token,
    size: request.size ?? 1000,
    bad: () => new AwsError('InvalidParameterValue', 'Unable to parse pagination token'),
  });
  return { list: page.items.map(write), token: page.token };

  function tags(row: T): Record<string, string> {
    const name = kind.named?.(row) ?? '';
    return { ...(name === '' ? {} : { Name: name }), ...tagsOf(call, row.id) };
  }

  function write(row: T): object {
    return { ...kind.write(row), Tags: toTagList(tags(row)) };
  }
}

function byId<T extends { id: string }>(kind: ResourceKind<T>, id: string): T {
  const row = kind.rows.find((one) => one.id === id);
  if (!row) throw kind.missing(id);
  return row;
}

function idOf({ id }: { id: string }): string {
  return id;
}
