/** Tests that the parser parses any argv or rejects it with USAGE. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { tame } from '../../src/cli/host/text.ts';
import { widthOf, clip } from '../../src/text/width.ts';
import { inert } from '../../src/cli/host/github.ts';
import { createMask } from '../../src/text/mask.ts';
import { optionTable } from '../../src/cli/options.ts';
import { parse, type Parsed } from '../../src/cli/parse.ts';
import { BakeError } from '../../src/errors/bake-error.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);

const word = fc.oneof(
  fc.constantFrom(
    ...commands.map((command) => command.name),
    ...Object.values(optionTable).map((spec) => spec.flag),
  ),
  fc.constantFrom(
    '--',
    '-',
    '',
    '=',
    '--=',
    '--os=',
    '--no-json',
    '--no-',
    '__proto__',
    'constructor',
    '-abc',
  ),
  fc.string(),
);

/** Parses argv and rethrows every error except a BakeError. */
function outcome(argv: string[]): Parsed | BakeError {
  try {
    return parse(argv);
  } catch (error) {
    if (error instanceof BakeError) return error;
    throw error;
  }
}

function isFine(found: Parsed | BakeError, argv: string[]): boolean {
  if (found instanceof BakeError) {
    return found.code === 'USAGE' && found.exit === 2 && !found.message.includes('undefined');
  }
  return (
    Object.keys(found.options).sort().join() === Object.keys(optionTable).sort().join() &&
    found.options.os.every((id) => id !== '') &&
    found.args.every((value) => argv.includes(value))
  );
}

test('parses any argv or rejects it with USAGE', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
      expect(isFine(outcome(argv), argv)).toBe(true);
    }),
    { numRuns },
  );
});

const foreign = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '31m',
      '2J',
      '\r',
      '\n',
      '\t',
      '\u0007',
      '\u009b',
      ':',
      '::',
      '##[',
      '\u202e',
      '日',
      '👍',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
});

test('tamed text contains no control character except line breaks and tabs', () => {
  fc.assert(
    fc.property(foreign, (text) => {
      const tamed = tame(text);
      expect(/[^\P{Cc}\n\t]/u.test(tamed)).toBe(false);
      expect(tame(tamed)).toBe(tamed);
    }),
    { numRuns },
  );
});

test('clipped text is never wider than requested', () => {
  fc.assert(
    fc.property(foreign, fc.nat({ max: 20 }), (text, columns) => {
      expect(widthOf(clip(text, columns, '…'))).toBeLessThanOrEqual(columns);
    }),
    { numRuns },
  );
});

test('inert text contains no workflow command', () => {
  fc.assert(
    fc.property(foreign, (text) => {
      expect(/^\s*::|##\[/m.test(inert(tame(text)))).toBe(false);
    }),
    { numRuns },
  );
});

test('masked text does not contain the secret, whatever its characters', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
      fc.pre(secret.trim() === secret && !'***'.includes(secret));
      const mask = createMask();
      mask.add(secret);
      const shown = mask.text(`${before}|${secret}|${after}`);
      // A match that the mask and the text around it form by chance does not count.
      expect(shown.split('***').every((part) => !part.includes(secret))).toBe(true);
    }),
    { numRuns: Math.min(numRuns, 20_000) },
  );
});
