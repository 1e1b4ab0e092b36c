/** The workflow of `bake schedule --github`: its path, and the cron expression that starts it. Pure. */

/** The path of the workflow in the repository. */
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

/** Not at a full hour, when GitHub is busiest, and early in the calendar month or week (UTC). */
const DEFAULTS: Readonly<Record<string, string>> = { monthly: '17 4 1 * *', weekly: '17 4 * * 1' };

/** @param refresh of bakery.yaml; `never` also checks once a month, because the base image or a recipe may have changed */
export function defaultCron(refresh: string): string {
  return DEFAULTS[refresh] ?? (DEFAULTS['monthly'] as string);
}

/** What was expected instead of this cron expression, as a text that follows "expected"; undefined if it is valid. */
export function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return 'five fields: minute hour day-of-month month day-of-week';
  for (const [i, text] of fields.entries()) {
    const field = FIELDS[i] as Field;
    if (!text.split(',').every((part) => isPart(part, field))) {
      return `a ${field.name} from ${field.least} to ${field.most}, with * , - / only`;
    }
  }
  const [, , day, month, weekday] = fields as [string, string, string, string, string];
  // With a weekday, the expression is also due on that day (POSIX, crontab: either of the two fields).
  if (weekday === '*' && !DAYS.some((days, at) => takes(month, at + 1, MONTH) && hasDay(day, days))) {
    return 'a day that exists in one of the months';
  }
  return undefined;
}

/** The largest number of days of each month. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const [, , DAY, MONTH] = FIELDS as [Field, Field, Field, Field];

function hasDay(text: string, days: number): boolean {
  return Array.from({ length: days }, (_, at) => at + 1).some((day) => takes(text, day, DAY));
}

/** @param text of a valid field */
function takes(text: string, value: number, field: Field): boolean {
  return text.split(',').some((part) => {
    const [range = '', step] = part.split('/');
    const [from = '', to] = range === '*' ? [String(field.least), String(field.most)] : range.split('-');
    const first = valueOf(from, field) ?? field.least;
    const last = to === undefined ? (step === undefined ? first : field.most) : (valueOf(to, field) ?? first);
    return value >= first && value <= last && (value - first) % Number(step ?? 1) === 0;
  });
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

/** The shipped workflow with its cron line replaced. @param cron a valid expression */
export function workflowFor(shipped: string, cron: string): string {
  return shipped.replace(
    /^( {4}- cron: ).*$/m,
    (_, head: string) => `${head}"${cron.trim().split(/\s+/).join(' ')}"`,
  );
}

/** Whether bake wrote a workflow: its first line equals that of the shipped one, also in other versions. */
export function isShipped(text: string, shipped: string): boolean {
  const head = (whole: string): string => whole.slice(0, whole.indexOf('\n'));
  return head(text).trimEnd() === head(shipped);
}
