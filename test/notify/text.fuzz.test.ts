/** Fuzzes reading the body of an issue: any text that bake did not write gives no problems, and no error. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readIssueBody } from '../../src/notify/text.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

it('reads no problems from a body that bake did not write', () => {
  const known = fc.constantFrom(
    '<!-- ami-bakery ',
    ' -->',
    'e30=',
    'W10=',
    'bnVsbA==',
    'eyJhIjp7InRpdGxlIjoxfX0=',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), known)), (parts) => {
      expect(readIssueBody(parts.join(''))).toEqual({});
    }),
    { numRuns },
  );
});
