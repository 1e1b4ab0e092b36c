/** Fuzzes the reader of schedule expressions: any text gives a schedule or an error with a reason, never a crash. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextAfter, readSchedule } from '../../src/config/cron.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const part = fc.constantFrom('*', '?', 'L', 'W', '#', '-', '/', ',', 'TUE', 'JAN', '0', '1', '7', '31', '59', '2030', '99999'); // prettier-ignore
const field = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
const expression = fc.oneof(
  fc.array(field, { minLength: 6, maxLength: 6 }).map((fields) => `cron(${fields.join(' ')})`),
  fc
    .tuple(fc.nat(), fc.constantFrom('day', 'days', 'hour', 'minutes', 'x'))
    .map(([n, unit]) => `rate(${n} ${unit})`),
  fc.string(),
);

test('reads any expression or refuses it with a reason', () => {
  let due = 0;
  fc.assert(
    fc.property(expression, fc.constantFrom('Etc/UTC', 'Europe/Berlin', 'x'), (text, zone) => {
      const read = readSchedule(text, zone);
      if ('error' in read) {
        expect(read.error.length).toBeGreaterThan(5);
        return;
      }
      const after = new Date('2026-11-21T00:00:00Z');
      const next = nextAfter(read, after);
      if (next) due++;
      if (next) expect(next.getTime()).toBeGreaterThan(after.getTime());
    }),
    { numRuns },
  );
  if (numRuns >= 10_000) expect(due).toBeGreaterThan(0);
});
