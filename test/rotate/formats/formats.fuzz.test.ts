/**
 * Property tests of the formats beside YAML: in any document only ids change, by our own reader and by another one; no
 * bytes crash a format, and all offsets are correct.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parse as parseJson } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import type { Format, FileFindings } from '../../../src/rotate/format.ts';
import { env } from '../../../src/rotate/formats/env.ts';
import { hcl } from '../../../src/rotate/formats/hcl.ts';
import { ini } from '../../../src/rotate/formats/ini.ts';
import { jsonc } from '../../../src/rotate/formats/jsonc.ts';
import { literal } from '../../../src/rotate/formats/literal.ts';
import { shell } from '../../../src/rotate/formats/shell.ts';
import { splice, type SpliceEdit, verifyEdits } from '../../../src/rotate/splice.ts';
import { documents, id, scraps } from './documents.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);
/** Each run of the property makes a document and reads it six times. */
const propertyRuns = Math.ceil(runs / 10);

const kinds: { format: Format; file: string; read?: (text: string) => unknown }[] = [
  { format: hcl, file: 'x.tf' },
  { format: jsonc, file: 'x.json', read: (text) => parseJson(text) as unknown },
  { format: ini, file: 'x.ini', read: readConfigParser },
  { format: shell, file: 'x.sh' },
  { format: env, file: 'x.env' },
  { format: literal, file: 'x.txt' },
];

function editsOf(found: FileFindings, ids: readonly string[]): SpliceEdit[] {
  return found.references.flatMap(({ start, end, id: from, path }, index) => {
    const to = ids[index % ids.length] ?? from;
    return from === to ? [] : [{ kind: 'id' as const, path, start, end, from, to }];
  });
}

/** Another reader of INI: sections, keys and values as ConfigParser reads them, without continuation lines. */
function readConfigParser(text: string): unknown {
  let section = '';
  const values: Record<string, string> = {};
  for (const line of text.split(/\r\n?|\n/)) {
    const plain = line.replace(/(^|\s)[#;].*$/, '').trim();
    const header = /^\[(.*)\]$/.exec(plain);
    if (header) section = header[1] ?? '';
    else values[`${section} ${plain.split(/[=:]/)[0]?.trim()}`] = plain.replace(/^[^=:]*[=:]/, '').trim();
  }
  return values;
}

describe.each(kinds)('$format.id, $file', ({ format, file, read }) => {
  it('changes the ids of a document and nothing else', () => {
    let rotated = 0;
    const document = documents[file.split('.')[1] ?? ''];
    assert.ok(document);
    fc.assert(
      fc.property(document, fc.array(id, { minLength: 1, maxLength: 3 }), (text, ids) => {
        const before = Buffer.from(text);
        const found = format.find(file, before);
        assert.deepEqual(found.errors, []);
        const edits = editsOf(found, ids);
        if (edits.length === 0) return;
        rotated += 1;
        const after = splice(file, before, edits);
        assert.ok(after !== 'done');
        verifyEdits(file, { before, after, edits }, format);

        // Bytes: everything between the ids is unchanged.
        const rest = (bytes: Buffer, all: { start: number; end: number }[]) => {
          const ends = [0, ...all.map(({ end }) => end)];
          return ends.map((from, index) => bytes.toString('latin1', from, all[index]?.start)).join('|');
        };
        const again = format.find(file, after).references;
        const places = found.references.map(({ start, end }) => ({ start, end }));
        assert.equal(rest(after, again), rest(before, places));
        assert.deepEqual(
          again.map((one) => one.path),
          found.references.map((one) => one.path),
        );

        // Meaning, with another reader: equal except for the ids.
        if (!read) return;
        const masked = (bytes: Buffer) =>
          JSON.stringify(read(bytes.toString())).replace(/ami-[0-9a-f]+/g, 'ami-');
        assert.equal(masked(after), masked(before));
        assert.notDeepEqual(read(after.toString()), read(before.toString()));
      }),
      { numRuns: propertyRuns },
    );
    expect(rotated).toBeGreaterThan(propertyRuns / 5);
  });

  it('reads any bytes without a crash, and gives correct offsets', () => {
    const text = fc.array(fc.constantFrom(...scraps), { maxLength: 20 }).map((parts) => parts.join(''));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      text.map((one) => Buffer.from(one, 'latin1')),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const copy = Buffer.from(input);
        const found = format.find(file, input);
        assert.ok(input.equals(copy));
        assert.ok(found.errors.length === 0 || found.references.length === 0);
        for (const one of found.references) {
          assert.equal(input.toString('latin1', one.start, one.end), one.id);
          assert.ok(one.line > 0 && one.column > 0);
          if (one.comment) {
            const { start, end, text: words } = one.comment;
            assert.ok(start >= one.end);
            assert.equal(input.toString('latin1', start, end), words);
          }
        }
        assert.equal(new Set(found.references.map(({ start }) => start)).size, found.references.length);
        for (const one of found.indirect) assert.ok(one.reason !== '' && one.line > 0 && one.column > 0);
        const edits = editsOf(found, ['ami-0eeeeeeeeeeeeeeee']);
        if (edits.length === 0) return;
        const after = splice(file, input, edits);
        assert.ok(after !== 'done');
        verifyEdits(file, { before: input, after, edits }, format);
      }),
      { numRuns: runs },
    );
  });
});
