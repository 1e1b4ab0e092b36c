/** Tests that schedule expressions are due when the documentation of Image Builder says. */
import { expect, test } from 'vitest';
import {
  expressionOf,
  nextAfter,
  readSchedule,
  scheduleFault,
  type Schedule,
} from '../../src/config/cron.ts';

const AFTER = '2026-11-21T00:16:00Z'; // a Saturday

function next(expression: string, after = AFTER, timezone?: string): string | undefined {
  const schedule = readSchedule(expression, timezone);
  if ('error' in schedule) throw new Error(schedule.error);
  return nextAfter(schedule, new Date(after))?.toISOString();
}

test.each([
  ['cron(0 3 ? * TUE#1 *)', 'the first Tuesday', '2026-12-01T03:00:00.000Z'],
  ['cron(0 3 ? * 3#1 *)', 'the same by number: Sunday is 1', '2026-12-01T03:00:00.000Z'],
  ['cron(0/15 * * * ? *)', 'every quarter of an hour', '2026-11-21T00:30:00.000Z'],
  ['cron(10,50 1-3 * * ? *)', 'lists and ranges', '2026-11-21T01:10:00.000Z'],
  ['cron(0 0 ? * MON-FRI *)', 'working days', '2026-11-23T00:00:00.000Z'],
  ['cron(0 0 ? * 6L *)', 'the last Friday', '2026-11-27T00:00:00.000Z'],
  ['cron(0 0 ? * L *)', 'Saturdays', '2026-11-28T00:00:00.000Z'],
  ['cron(0 0 L * ? *)', 'the last day', '2026-11-30T00:00:00.000Z'],
  ['cron(0 0 LW * ? *)', 'the last working day', '2026-11-30T00:00:00.000Z'],
  ['cron(0 0 29W 11 ? *)', 'the working day nearest to a Sunday', '2026-11-30T00:00:00.000Z'],
  ['cron(0 0 1W 8 ? *)', 'a Sunday at the start of a month stays in it', '2027-08-02T00:00:00.000Z'],
  ['cron(0 0 29 2 ? *)', 'a leap day', '2028-02-29T00:00:00.000Z'],
  ['cron(0 0 1 1 ? 2030-2040)', 'a range of years', '2030-01-01T00:00:00.000Z'],
  ['rate(7 days)', 'a week from then', '2026-11-28T00:16:00.000Z'],
  ['rate(1 minute)', 'a minute from then', '2026-11-21T00:17:00.000Z'],
])('%s: %s', (expression, _, due) => {
  expect(next(expression)).toBe(due);
});

test('applies the time zone and its daylight saving time', () => {
  expect(next('cron(0 3 ? * TUE#1 *)', AFTER, 'Europe/Berlin')).toBe('2026-12-01T02:00:00.000Z');
  expect(next('cron(0 3 1 7 ? *)', AFTER, 'Europe/Berlin')).toBe('2027-07-01T01:00:00.000Z');
  expect(next('cron(0 20 21 11 ? *)', '2026-11-21T12:00:00Z', 'America/New_York')).toBe(
    '2026-11-22T01:00:00.000Z',
  );
  // 2:30 does not exist in that night.
  expect(next('cron(30 2 28 3 ? *)', AFTER, 'Europe/Berlin')).toBe('2027-03-28T01:30:00.000Z');
});

test('an expression in the past is never due', () => {
  expect(next('cron(0 0 1 1 ? 1999)')).toBeUndefined();
  expect(next('cron(0 0 30 2 ? *)')).toBeUndefined();
});

test.each(['cron(0 0 30 2 ? *)', 'cron(0 0 31 4,6 ? *)', 'cron(0 0 29 2 ? 2027)'])(
  '%s is never due, and is refused in bakery.yaml',
  (expression) => {
    expect(scheduleFault(expression)).toContain('a date that exists');
  },
);

test.each(['cron(0 0 29 2 ? *)', 'cron(0 0 ? 2 TUE#5 *)', 'cron(0 0 1 1 ? 2199)', 'rate(7 days)'])(
  '%s comes',
  (expression) => {
    expect(scheduleFault(expression)).toBeUndefined();
  },
);

test('each due time is later than the one before', () => {
  const schedule = readSchedule('cron(0/7 0/5 ? * MON,WED *)', 'Asia/Kolkata') as Schedule;
  let at = new Date(AFTER);
  for (let i = 0; i < 50; i++) {
    const due = nextAfter(schedule, at) as Date;
    expect(due.getTime()).toBeGreaterThan(at.getTime());
    const local = new Date(due.getTime() + 5.5 * 3_600_000);
    expect([1, 3]).toContain(local.getUTCDay());
    expect(local.getUTCMinutes() % 7).toBe(0);
    at = due;
  }
});

test.each([
  ['cron(0 3 * * *)', 'six fields'],
  ['cron(0 3 * * * *)', 'exactly one "?"'],
  ['cron(0 3 ? * ? *)', 'exactly one "?"'],
  ['cron(60 3 ? * 1 *)', '0 to 59 for the minute, not 60'],
  ['cron(0 24 ? * 1 *)', '0 to 23 for the hour'],
  ['cron(0 3 ? * 8 *)', '1 to 7 for the day of week'],
  ['cron(0 3 ? * TUE#6 *)', '1 to 5 after the #'],
  ['cron(0 3 ? * 9#1 *)', '1 to 7 for the day of week'],
  ['cron(0 3 32 * ? *)', '1 to 31 for the day of month'],
  ['cron(0 3 1 13 ? *)', '1 to 12 for the month'],
  ['cron(0 3 1/2/3 1 ? *)', '1 to 31 for the day of month'],
  ['cron(0 3 9-1 1 ? *)', '1 to 31 for the day of month'],
  ['cron(0 3 1-2-3 1 ? *)', '1 to 31 for the day of month'],
  ['rate(1 days)', 'rate(1 day)'],
  ['rate(0 days)', 'at least one minute'],
  ['@monthly', 'cron('],
])('%s is refused, and says what is expected: %s', (expression, says) => {
  const read = readSchedule(expression);
  expect('error' in read && read.error).toContain(says);
});

test('refuses an unknown time zone, and accepts six fields without cron()', () => {
  expect(readSchedule('rate(1 day)', 'Mars/Base')).toHaveProperty('error');
  expect(expressionOf('0 3 ? * TUE#1 *')).toBe('cron(0 3 ? * TUE#1 *)');
  expect(expressionOf('rate(7 days)')).toBe('rate(7 days)');
});
