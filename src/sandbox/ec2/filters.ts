/** Applies EC2's filters: all must match, each by any of its values, which may contain * and ? (EC2 user guide, "Filtering"). */
import { AwsError } from '../wire/aws-error.ts';

export interface Filter {
  Name?: string;
  Values?: string[];
}

/** Filter name → the values of a row. */
export type Fields<T> = Readonly<Record<string, (row: T) => (string | undefined)[]>>;

/**
 * The rows that match all filters.
 * @param tagsOf the row's tags, for `tag:KEY` and `tag-key`
 * @throws AwsError InvalidParameterValue for an unknown filter
 */
export function applyFilters<T>(
  rows: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: Fields<T>,
  tagsOf: (row: T) => Readonly<Record<string, string>>,
): T[] {
  const tests = (filters ?? []).map((filter) => testOf(filter, fields, tagsOf));
  return rows.filter((row) => tests.every((test) => test(row)));
}

function testOf<T>(
  { Name: name = '', Values: values }: Filter,
  fields: Fields<T>,
  tagsOf: (row: T) => Readonly<Record<string, string>>,
): (row: T) => boolean {
  const patterns = (values ?? []).map(patternOf);
  const matches = (value: string | undefined): boolean =>
    value !== undefined && patterns.some((pattern) => pattern.test(value));
  if (name.startsWith('tag:')) return (row) => matches(own(tagsOf(row), name.slice(4)));
  if (name === 'tag-key') return (row) => Object.keys(tagsOf(row)).some(matches);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return (row) => field(row).some(matches);
}

function own(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** `*` matches any characters, `?` matches one, a backslash escapes them; case-sensitive. */
function patternOf(value: string): RegExp {
  let source = '';
  for (let i = 0; i < value.length; i++) {
    const letter = value[i] as string;
    const escaped = letter === '\\' && i + 1 < value.length;
    if (escaped) i++;
    if (!escaped && letter === '*') source += '[^]*';
    else if (!escaped && letter === '?') source += '[^]';
    else source += (escaped ? (value[i] as string) : letter).replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  }
  return new RegExp(`^${source}$`);
}
