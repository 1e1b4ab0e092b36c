/** Owns: no log line and no order of pieces makes a whole out of what is not, or an exception. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinData, listen, type Said } from '../../src/image/report.ts';
import { parseInventory, readInventory } from '../../src/sbom/inventory.ts';
import { sha256 } from '../../src/util/sha256.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const digest = fc.constantFrom('a'.repeat(64), sha256('ABC'), sha256(''));
const count = fc.integer({ min: -1, max: 4 });
const base64 = fc.constantFrom('QUJD', 'QQ==', 'Qk', 'QQ=', '', '-', '!');
const line = fc.oneof(
  fc.string(),
  fc
    .tuple(count, count, digest, base64)
    .map(([at, of, hash, text]) => `bake-data inventory ${at}/${of} ${hash} ${text}`),
  fc.string().map((text) => `bake-data ${text}`),
);

test('a list of lines yields bytes of the digest it names, or a reason', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const said: Said = { reports: [], data: [] };
      for (const one of lines) listen(one, said);
      const joined = joinData('inventory', said.data);
      if ('lacks' in joined) expect(joined.lacks).not.toBe('');
      else expect(sha256(joined.bytes)).toBe(said.data.at(-1)?.digest);
      readInventory(said.data);
    }),
    { numRuns },
  );
});

const field = fc.oneof(
  fc.string(),
  fc.constantFrom('rpm', 'deb', 'pip', 'os', 'kernel', 'driver', 'lacking', '', '0:1-1'),
);

test('an inventory of any text is read, and every package in it has a name and a version', () => {
  fc.assert(
    fc.property(fc.array(fc.array(field, { maxLength: 5 }), { maxLength: 10 }), (lines) => {
      const inventory = parseInventory(lines.map((fields) => fields.join('\t')).join('\n'));
      for (const { name, version } of inventory.packages) expect([name, version]).not.toContain('');
    }),
    { numRuns },
  );
});
