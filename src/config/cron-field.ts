/** Reads one field of a cron expression, in the syntax that Image Builder and GitHub share. */

/** A field and the values that it accepts. */
export interface CronField {
  name: string;
  least: number;
  most: number;
  /** Names of the values, the least first. */
  names?: readonly string[];
}

export const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
export const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Reads `*`, `5`, `1-5`, `0/15`, `1/2`, and lists of them. @returns its values in order; undefined: it is not valid */
export function fieldValues(text: string, field: CronField): number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d{1,4}))?$/.exec(part);
    if (!match) return undefined;
    const [, from, to, step] = match;
    const first = from === undefined ? field.least : fieldValue(from, field);
    const last = lastValue({ from, to, step }, field);
    const stride = Number(step ?? 1);
    if (first === undefined || last === undefined || last < first) return undefined;
    if (stride < 1 || stride > field.most) return undefined;
    for (let value = first; value <= last; value += stride) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

/** A number or a name. @returns undefined: the field does not accept it */
export function fieldValue(text: string, { least, most, names = [] }: CronField): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named !== -1) return named + least;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

function lastValue(
  { from, to, step }: Readonly<Record<'from' | 'to' | 'step', string | undefined>>,
  field: CronField,
): number | undefined {
  if (to !== undefined) return fieldValue(to, field);
  // `5/10` means from 5 on, in steps of 10.
  return from === undefined || step !== undefined ? field.most : fieldValue(from, field);
}
