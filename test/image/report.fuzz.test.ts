/** Tests that no log line and no order of pieces gives a wrong file or an exception. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinData, collectReport, type Reports } from '../../src/image/report.ts';
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

test('any list of lines gives bytes with the right digest, or a reason', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const into: Reports = { reports: [], data: [] };
      for (const one of lines) collectReport(one, into);
      const joined = joinData('inventory', into.data);
      if ('problem' in joined) expect(joined.problem).not.toBe('');
      else expect(sha256(joined.bytes)).toBe(into.data.at(-1)?.digest);
      readInventory(into.data);
    }),
    { numRuns },
  );
});

const field = fc.oneof(
  fc.string(),
  fc.constantFrom('rpm', 'deb', 'pip', 'os', 'kernel', 'driver', 'lacking', '', '0:1-1'),
);

test('an inventory of any text can be read, and every package in it has a name and a version', () => {
  fc.assert(
    fc.property(fc.array(fc.array(field, { maxLength: 5 }), { maxLength: 10 }), (lines) => {
      const inventory = parseInventory(lines.map((fields) => fields.join('\t')).join('\n'));
      for (const { name, version } of inventory.packages) expect([name, version]).not.toContain('');
      for (const { name, version } of inventory.drivers) expect([name, version]).not.toContain('');
    }),
    {
      numRuns,
      examples: [
        [[['rpm', 'a', '0:']]],
        [[['rpm', ' ', '0:']]],
        [[['deb', 'a', '0:', 'amd64']]],
        [[['pip', '-', '']]],
      ],
    },
  );
});
