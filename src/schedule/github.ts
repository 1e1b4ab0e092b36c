/** Owns the GitHub side of `bake schedule`: the workflow's path, and when it starts. Pure. */

/** Where GitHub looks for it, from the root of the repository. */
export const WORKFLOW = '.github/workflows/bake.yml';

interface Field {
  name: string;
  least: number;
  most: number;
  names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** GitHub Actions documentation, "Events that trigger workflows", `schedule`: POSIX cron in UTC, five fields. */
const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 6, names: WEEKDAYS },
];

/** Off the full hour, when GitHub is least busy; early in the new calendar month or week (UTC). */
const DEFAULTS: Readonly<Record<string, string>> = { monthly: '17 4 1 * *', weekly: '17 4 * * 1' };

/** @param refresh as in bakery.yaml; `never` looks once a month, too: the base image or a recipe may be new */
export function defaultCron(refresh: string): string {
  return DEFAULTS[refresh] ?? (DEFAULTS['monthly'] as string);
}

/** What is wrong with a cron expression, to follow "expected"; undefined: nothing. */
export function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return 'five fields: minute hour day-of-month month day-of-week';
  for (const [i, text] of fields.entries()) {
    const field = FIELDS[i] as Field;
    if (!text.split(',').every((part) => isPart(part, field))) {
      return `a ${field.name} from ${field.least} to ${field.most}, with * , - / only`;
    }
  }
  return undefined;
}

function isPart(part: string, field: Field): boolean {
  const match = /^(\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
  if (!match) return false;
  const [, , from, to, step] = match;
  if (step !== undefined && !(Number(step) >= 1 && Number(step) <= field.most)) return false;
  if (from === undefined) return true;
  const [first, last] = [valueOf(from, field), valueOf(to ?? from, field)];
  return first !== undefined && last !== undefined && first <= last;
}

function valueOf(text: string, { least, most, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + least;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** The shipped workflow with its one cron line replaced. @param cron without fault */
export function workflowFor(shipped: string, cron: string): string {
  return shipped.replace(
    /^( {4}- cron: ).*$/m,
    (_, head: string) => `${head}"${cron.trim().split(/\s+/).join(' ')}"`,
  );
}
