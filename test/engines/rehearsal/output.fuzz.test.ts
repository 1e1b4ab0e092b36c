/** Tests that any output is collected unchanged, wherever it is split into chunks. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { collect } from '../../../src/engines/rehearsal/output.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const MARK = 'abab'.repeat(12);

it('collects any output up to its mark, wherever it is split', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom('ab', 'abab', MARK.slice(2), '\n', 'é').map(toBytes),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 8 }), (pieces, cuts) => {
      const output = Buffer.concat(pieces);
      const bytes = Buffer.concat([output, Buffer.from(`${MARK}\n`), Buffer.from('behind')]);
      if (bytes.indexOf(`${MARK}\n`) !== output.length) return;
      const lines: string[] = [];
      const collector = collect(MARK, (line) => lines.push(line));
      let rest: Buffer | undefined;
      for (const chunk of cut(bytes, cuts)) {
        rest = rest ? Buffer.concat([rest, chunk]) : collector.push(chunk);
      }
      expect(collector.text()).toBe(output.toString('utf8'));
      expect(lines.join('\n')).toBe(output.toString('utf8').replace(/\n$/, ''));
      expect(rest?.toString()).toBe('behind');
    }),
    { numRuns },
  );
});

function toBytes(text: string): Uint8Array {
  return Buffer.from(text);
}

function cut(bytes: Buffer, sizes: number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let start = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(start, start + size));
    start += size;
  }
  chunks.push(bytes.subarray(start));
  return chunks;
}
