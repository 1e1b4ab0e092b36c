/** Tests that each comparison of versions is an order for any text: total, antisymmetric and transitive. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDeb, comparePython, compareRpm } from '../../src/sbom/versions.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const part = fc.constantFrom(
  '0',
  '1',
  '01',
  '10',
  'a',
  'rc',
  'dev',
  'post',
  '~',
  '^',
  '.',
  '-',
  '+',
  ':',
  '_',
  '!',
  'ü',
  '',
);
const version = fc.oneof(
  fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.string(),
);

test.each([
  ['rpm', compareRpm],
  ['dpkg', compareDeb],
  ['Python', comparePython],
])('%s', (name, compare) => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(compare(a, a)).toBe(0);
      expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
      // dpkg's comparison is an order of any texts. rpm's is not, and Python's uses rpm's for texts that are not
      // versions.
      if (name === 'dpkg' && compare(a, b) <= 0 && compare(b, c) <= 0)
        expect(compare(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns },
  );
});
