/** Owns that an issue's body that somebody else wrote is read as saying nothing, never as an error. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readIssueBody } from '../../src/notify/text.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

it('a body of anybody says nothing', () => {
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
