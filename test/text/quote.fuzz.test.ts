/** Property tests: no value changes on its way through bash or HCL, and none escapes its quotes. */
import { execFileSync } from 'node:child_process';
import { parse } from '@cdktf/hcl2json';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteHcl, quoteJson, quoteShell } from '../../src/text/quote.ts';
import { hostile } from '../image/support/inputs.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);

/** Well-formed text without NUL, with many characters that are special to a shell or to HCL. */
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

/** The words after bash has expanded them, in one process. */
function throughBash(words: string[]): string[] {
  const script = words.map((word) => `printf '%s\\0' ${word}`).join('\n');
  return execFileSync('bash', [], { input: script, encoding: 'utf8', maxBuffer: 1 << 30 })
    .split('\0')
    .slice(0, -1);
}

test('bash returns any text unchanged', () => {
  const values = [...hostile, ...fc.sample(text, RUNS)];
  expect(throughBash(values.map(quoteShell))).toEqual(values);
});

test('a quoted word is one line of printable ASCII without two adjacent braces', () => {
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

test('NUL is refused, because a shell word cannot contain it', () => {
  expect(() => quoteShell('a\0b')).toThrow(RangeError);
});

test('an HCL parser returns any text unchanged', async () => {
  const values = [...hostile, ...fc.sample(text, Math.min(RUNS, 2_000))];
  const document = values.map((value, index) => `v${index} = ${quoteHcl(value)}`).join('\n');
  expect(document).not.toMatch(/[$%]\{/);
  const parsed = await parse('values.hcl', `${document}\n`);
  // The parser escapes what would be a template outside its own quotes, and normalizes Unicode.
  const plain = (value: string) => value.normalize('NFC').replace(/\$+\{/g, '${').replace(/%+\{/g, '%{');
  expect(values.map((_, index) => plain(String(parsed[`v${index}`])))).toEqual(values.map(plain));
});
