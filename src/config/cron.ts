/**
 * Reads schedule expressions as Image Builder does: `rate(7 days)`, and `cron(minute hour day-of-month month
 * day-of-week year)`, in an IANA time zone. Source: Image Builder user guide, "Use cron expressions in EC2 Image
 * Builder"; Amazon EventBridge user guide, "Cron expressions reference".
 */
import { fieldValue, fieldValues, MONTHS, WEEKDAYS, type CronField } from './cron-field.ts';

/** A day of the civil calendar; month and weekday count from 1 (January, Sunday). */
interface Day {
  year: number;
  month: number;
  day: number;
  weekday: number;
  /** The number of days of its month. */
  last: number;
}

interface Cron {
  minutes: readonly number[];
  hours: readonly number[];
  onDay(day: Day): boolean;
}

export type Schedule = ({ everyMs: number } | { cron: Cron }) & { timezone: string };

const fields = {
  minute: { name: 'minute', least: 0, most: 59 },
  hour: { name: 'hour', least: 0, most: 23 },
  day: { name: 'day of month', least: 1, most: 31 },
  month: { name: 'month', least: 1, most: 12, names: MONTHS },
  weekday: { name: 'day of week', least: 1, most: 7, names: WEEKDAYS },
  year: { name: 'year', least: 1970, most: 2199 },
} as const satisfies Record<string, CronField>;

const RATE = /^rate\((\d{1,6}) (minute|hour|day)(s?)\)$/;
const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const DAY_MS = UNIT_MS.day;
/** The names of time zones. Node accepts offsets such as +01:00, too, but they are not IANA time zones. */
export const zonePattern = /^[A-Za-z0-9]{2,}(?:\/[A-Za-z0-9_+-]+)*$/;
export const ZONE_EXPECTED = 'an IANA time zone such as Europe/Berlin';
/** The longest gap between two due dates: 29 February on a given weekday comes every 28 years, or 40 across a century. */
const HORIZON_DAYS = 41 * 366;

/** Six fields without a function are short for `cron(…)`. */
export function expressionOf(text: string): string {
  return /^(cron|rate)\(/.test(text) ? text : `cron(${text.trim()})`;
}

/** The schedule, or what was expected instead, as a text that follows "expected". Never throws. */
export function readSchedule(expression: string, timezone = 'Etc/UTC'): Schedule | { error: string } {
  try {
    return { ...readExpression(expression), timezone: checkedZone(timezone) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** What was expected instead of this expression, as a text that follows "expected"; undefined if it is valid. */
export function scheduleFault(expression: string): string | undefined {
  const schedule = readSchedule(expression);
  if ('error' in schedule) return schedule.error;
  if ('everyMs' in schedule || everComes(schedule.cron)) return undefined;
  return 'a date that exists: no date matches day, month, weekday and year together';
}

/** Whether the expression is ever due, in all years that an expression can name. */
function everComes(cron: Cron): boolean {
  const end = Date.UTC(fields.year.most + 1, 0, 1);
  for (let midnight = Date.UTC(fields.year.least, 0, 1); midnight < end; midnight += DAY_MS) {
    if (cron.onDay(dayOf(midnight))) return true;
  }
  return false;
}

function readExpression(expression: string): { everyMs: number } | { cron: Cron } {
  const rate = RATE.exec(expression);
  if (rate) {
    const [, number, unit, plural] = rate as unknown as [string, string, keyof typeof UNIT_MS, string];
    if (Number(number) === 0) throw new Error('a rate of at least one minute');
    if ((Number(number) === 1) !== (plural === '')) throw new Error(`rate(1 ${unit}) or rate(2 ${unit}s)`);
    return { everyMs: Number(number) * UNIT_MS[unit] };
  }
  const inner = /^cron\(([^()]*)\)$/.exec(expression)?.[1];
  if (inner === undefined) throw new Error('cron(minute hour day month weekday year) or rate(7 days)');
  const parts = inner.split(' ');
  if (parts.length !== 6) throw new Error(`six fields in cron(…), not ${parts.length}`);
  const [minute, hour, day, month, weekday, year] = parts as [string, string, string, string, string, string];
  if ((day === '?') === (weekday === '?')) {
    throw new Error('exactly one "?", as the day of month or as the day of week');
  }
  const months = numbersOf(month, fields.month);
  const years = numbersOf(year, fields.year);
  const onDay = day === '?' ? weekdayTest(weekday) : dayTest(day);
  return {
    cron: {
      minutes: numbersOf(minute, fields.minute),
      hours: numbersOf(hour, fields.hour),
      onDay: (one) => months.includes(one.month) && years.includes(one.year) && onDay(one),
    },
  };
}

function numbersOf(text: string, field: CronField): readonly number[] {
  const values = fieldValues(text, field);
  if (values === undefined) throw wrong(text, field);
  return values;
}

function numberOf(text: string, all: string, field: CronField): number {
  const value = fieldValue(text, field);
  if (value === undefined) throw wrong(all, field);
  return value;
}

function wrong(text: string, { name, least, most }: CronField): Error {
  return new Error(`${least} to ${most} for the ${name}, not ${text}`);
}

function dayTest(text: string): (day: Day) => boolean {
  if (text === 'L') return ({ day, last }) => day === last;
  const near = /^(\d{1,2}|L)W$/.exec(text)?.[1];
  if (near === undefined) {
    const days = numbersOf(text, fields.day);
    return ({ day }) => days.includes(day);
  }
  const wanted = near === 'L' ? undefined : numberOf(near, text, fields.day);
  return (one) => one.day === nearestWorkday(Math.min(wanted ?? one.last, one.last), one);
}

/** The working day nearest to a day, within its month. */
function nearestWorkday(wanted: number, { day, weekday, last }: Day): number {
  const on = (((weekday - 1 + wanted - day) % 7) + 7) % 7;
  if (on === 6) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (on === 0) return wanted < last ? wanted + 1 : wanted - 2;
  return wanted;
}

function weekdayTest(text: string): (day: Day) => boolean {
  if (text === 'L') return ({ weekday }) => weekday === 7;
  const nthText = /^[^#,/-]+#(.*)$/.exec(text)?.[1];
  if (nthText !== undefined && !/^[1-5]$/.test(nthText)) {
    throw new Error(`1 to 5 after the # of the day of week, not ${text}`);
  }
  const special = /^([^#,/-]+)(?:L|#([1-5]))$/.exec(text);
  if (!special) {
    const weekdays = numbersOf(text, fields.weekday);
    return ({ weekday }) => weekdays.includes(weekday);
  }
  const wanted = numberOf(special[1] as string, text, fields.weekday);
  const nth = special[2] === undefined ? undefined : Number(special[2]);
  return ({ day, weekday, last }) =>
    weekday === wanted && (nth === undefined ? day + 7 > last : Math.ceil(day / 7) === nth);
}

function checkedZone(timezone: string): string {
  if (isZone(timezone)) return timezone;
  throw new Error(`${ZONE_EXPECTED}, not ${timezone}`);
}

/** Whether the time zone data of this Node contains the zone. */
export function isZone(timezone: string): boolean {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
}

/** When the schedule is due next after `after`; undefined: never. A rate counts from `after`. */
export function nextAfter(schedule: Schedule, after: Date): Date | undefined {
  if ('everyMs' in schedule) return new Date(after.getTime() + schedule.everyMs);
  const { cron, timezone } = schedule;
  const start = after.getTime() + offsetAt(after.getTime(), timezone);
  const firstDay = Math.floor(start / DAY_MS) * DAY_MS;
  for (let count = 0; count < HORIZON_DAYS; count++) {
    const midnight = firstDay + count * DAY_MS;
    if (!cron.onDay(dayOf(midnight))) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const due = instantOf(midnight + hour * UNIT_MS.hour + minute * UNIT_MS.minute, timezone);
        if (due > after.getTime()) return new Date(due);
      }
    }
  }
  return undefined;
}

function dayOf(midnight: number): Day {
  const date = new Date(midnight);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return { year, month: month + 1, day: date.getUTCDate(), weekday: date.getUTCDay() + 1, last };
}

/** The instant of a wall clock time that is given as if it were UTC. If a clock change skips that time, the instant is after the gap. */
function instantOf(wall: number, timezone: string): number {
  const guess = wall - offsetAt(wall, timezone);
  const better = wall - offsetAt(guess, timezone);
  return better + offsetAt(better, timezone) === wall ? better : Math.max(guess, better);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timezone: string): number {
  if (timezone === 'Etc/UTC') return 0;
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    }); // prettier-ignore
    formats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(instant / 1000) * 1000;
}
