/** The workflow of `bake schedule --github`: its path, and the cron expression that starts it. Pure. */
import { fieldValues, MONTHS, WEEKDAYS, type CronField } from '../config/cron-field.ts';

/** The path of the workflow in the repository. */
export const WORKFLOW = '.github/workflows/bake.yml';

/** GitHub Actions documentation, "Events that trigger workflows", `schedule`: POSIX cron in UTC, five fields. */
const FIELDS: readonly CronField[] = [
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
  const values: number[][] = [];
  for (const [at, field] of FIELDS.entries()) {
    const found = fieldValues(fields[at] ?? '', field);
    if (!found) return `a ${field.name} from ${field.least} to ${field.most}, with * , - / only`;
    values.push(found);
  }
  const [, , days = [], months = []] = values;
  const isDue = months.some((month) => days.some((day) => day <= (MONTH_DAYS[month - 1] ?? 0)));
  // With a weekday, the expression is also due on that day (POSIX, crontab: either of the two fields).
  return fields[4] === '*' && !isDue ? 'a day that exists in one of the months' : undefined;
}

/** The largest number of days of each month. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Where npm installs the program, from the root of the repository. */
export const INSTALLED = 'node_modules/ami-bakery/dist/bake.js';

export interface WorkflowSettings {
  /** A valid expression. */
  cron: string;
  /** The path of bake from the root of the repository. */
  program: string;
  /** The path of bakery.yaml from there. */
  config: string;
}

/** The shipped workflow with the lines of its settings replaced. */
export function workflowFor(shipped: string, { cron, program, config }: WorkflowSettings): string {
  const line = (head: string, value: string) => (text: string) =>
    text.replace(new RegExp(`^( *${head}: ).*$`, 'm'), (_, start: string) => `${start}${value}`);
  return [
    line('- cron', `"${cron.trim().split(/\s+/).join(' ')}"`),
    line('BAKE', scalar(program)),
    line('BAKE_CONFIG', scalar(config)),
  ].reduce((text, replace) => replace(text), shipped);
}

/** A path as a YAML scalar. */
function scalar(text: string): string {
  return /^[A-Za-z_.][\w./-]*$/.test(text) ? text : JSON.stringify(text);
}

/** Whether bake wrote a workflow: its first line equals that of the shipped one, also in other versions. */
export function isShipped(text: string, shipped: string): boolean {
  const head = (whole: string): string => whole.slice(0, whole.indexOf('\n'));
  return head(text).trimEnd() === head(shipped);
}
