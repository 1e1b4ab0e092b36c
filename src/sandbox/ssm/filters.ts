/** Filters of GetParametersByPath (SSM API reference, ParameterStringFilter). */
import type { ParameterRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { newestVersion } from './lookup.ts';

export interface ParameterFilter {
  Key: string;
  Option?: string;
  Values?: string[];
}

const fields: Readonly<Record<string, (row: ParameterRow) => string | undefined>> = {
  Name: (row) => row.name,
  Type: (row) => newestVersion(row).type,
  KeyId: (row) => newestVersion(row).keyId,
  Tier: (row) => newestVersion(row).tier,
  DataType: (row) => newestVersion(row).dataType,
};

const options: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  Equals: (value, wanted) => value === wanted,
  BeginsWith: (value, wanted) => value.startsWith(wanted),
  Contains: (value, wanted) => value.includes(wanted),
};

/** @throws AwsError InvalidFilterKey, InvalidFilterOption */
export function matchesAll(row: ParameterRow, filters: readonly ParameterFilter[]): boolean {
  return filters.every((filter) => matches(row, filter));
}

function matches(
  row: ParameterRow,
  { Key: key, Option: option, Values: values = [] }: ParameterFilter,
): boolean {
  if (key === 'Path') return values.some((path) => isBelow(row.name, path, option));
  const test = options[option ?? 'Equals'];
  if (!test)
    throw new AwsError('InvalidFilterOption', `The following filter option is not valid: ${option}.`);
  const value = valueOf(row, key);
  if (key.startsWith('tag:') && values.length === 0) return value !== undefined;
  return value !== undefined && values.some((wanted) => test(value, wanted));
}

function valueOf(row: ParameterRow, key: string): string | undefined {
  if (key.startsWith('tag:')) {
    const tag = key.slice(4);
    return Object.hasOwn(row.tags, tag) ? row.tags[tag] : undefined;
  }
  const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (!field) throw new AwsError('InvalidFilterKey', `The following filter key is not valid: ${key}.`);
  return field(row);
}

function isBelow(name: string, path: string, option: string | undefined): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  if (!name.startsWith(prefix)) return false;
  return option === 'Recursive' || !name.slice(prefix.length).includes('/');
}
