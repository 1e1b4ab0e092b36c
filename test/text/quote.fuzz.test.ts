/** Owns: no value changes on its way through bash or HCL, and none breaks out. */
import { execFileSync } from 'node:child_process';
import { parse } from '@cdktf/hcl2json';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packerText, quoteHcl, quoteJson, quoteShell } from '../../src/text/quote.ts';
import { hostile } from '../image/support/inputs.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);

/** Well-formed text without NUL, rich in what means something to a shell or to HCL. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        '\\',
        '$',
        '`',
        '{',
        '{{',
        '}}',
        '%{',
        '${',
        '\n',
        '\r',
        '\t',
        '!',
        '#',
        '*',
        '~',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom(...hostile),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));

/** What bash makes of the words: one process for all. */
function throughBash(words: string[]): string[] {
  const script = words.map((word) => `printf '%s\\0' ${word}`).join('\n');
  return execFileSync('bash', [], { input: script, encoding: 'utf8', maxBuffer: 1 << 30 })
    .split('\0')
    .slice(0, -1);
}

test('any text comes out of bash as it went in', () => {
  const values = [...hostile, ...fc.sample(text, RUNS)];
  expect(throughBash(values.map(quoteShell))).toEqual(values);
});

test('a quoted word is one line of printable ASCII without two braces side by side', () => {
  fc.assert(
    fc.property(text, (value) => {
      expect(quoteShell(value)).toMatch(/^[ -~]+$/);
      expect(quoteShell(value)).not.toContain('{{');
      expect(quoteJson(value)).not.toContain('{{');
      expect(JSON.parse(quoteJson(value))).toBe(value);
    }),
    { numRuns: RUNS },
  );
});

test('NUL, which no shell word can hold, is refused', () => {
  expect(() => quoteShell('a\0b')).toThrow(RangeError);
});

test('any text comes out of an HCL parser as it went in', async () => {
  const values = [...hostile, ...fc.sample(text, Math.min(RUNS, 2_000))];
  const document = values.map((value, index) => `v${index} = ${quoteHcl(value)}`).join('\n');
  expect(document).not.toMatch(/[$%]\{/);
  const parsed = await parse('values.hcl', `${document}\n`);
  // The parser marks what would be a template outside of its own quotes, and normalises Unicode.
  const plain = (value: string) => value.normalize('NFC').replace(/\$+\{/g, '${').replace(/%+\{/g, '%{');
  expect(values.map((_, index) => plain(String(parsed[`v${index}`])))).toEqual(values.map(plain));
});

test('text for a field that Packer renders holds no expression of its own', () => {
  expect(packerText('a {{timestamp}} b')).toBe('a {{`{{`}}timestamp}} b');
});
