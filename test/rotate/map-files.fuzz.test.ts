/** Fuzzes the readers of maps: no text crashes them, and each error names its file. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BakeError } from '../../src/errors/bake-error.ts';
import { parseMap } from '../../src/rotate/map-files.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const id = fc.stringMatching(/^ami-[0-9a-f]{8}$/);
const piece = fc.oneof(id, fc.constantFrom(',', ';', '"', '\n', '\r', '{', '}', '[', ']', ':', '"from"', '"to"', '#'), fc.string()); // prettier-ignore
const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(''));

it.each(['x.csv', 'x.json'])(
  'reads any text as %s, or reports what is wrong with it',
  (file) => {
    fc.assert(
      fc.property(text, (written) => {
        const errors: BakeError[] = [];
        for (const { from, to, place } of parseMap(file, written, errors)) {
          expect([typeof from, typeof to]).toEqual(['string', 'string']);
          expect(place.file).toBe(file);
        }
        for (const { code, place } of errors) expect([code, place.file]).toEqual(['ROTATE_MAP', file]);
      }),
      { numRuns: Math.ceil(numRuns / 2), endOnFailure: true },
    );
  },
  600_000,
);

it('reads back every map that was written', () => {
  fc.assert(
    fc.property(fc.uniqueArray(id), (ids) => {
      const pairs = ids.map((one, at) => [one, ids[(at + 1) % ids.length] as string] as const);
      const csv = parseMap('x.csv', pairs.map((pair) => pair.join(',')).join('\r\n'), []);
      const json = parseMap('x.json', JSON.stringify(Object.fromEntries(pairs)), []);
      expect(csv.map(({ from, to }) => [from, to])).toEqual(pairs);
      expect(json.map(({ from, to }) => [from, to])).toEqual(pairs);
    }),
    { numRuns: 200 },
  );
});
