/** Tests the join step's JSON reader: it reads a secret like JSON.parse, or refuses it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinFunction } from '../support/join.ts';

/** Each case starts a process: as many as fit into a few seconds here, all of them in `npm run fuzz`. */
const runs = process.env['FUZZ_RUNS'] === undefined ? 100 : Math.ceil(Number(process.env['FUZZ_RUNS']) / 100);
const FIELDS = ['username', 'password', 'oneTimePassword'];

/** The result of reading all three fields of one text: the exit status, and the values between marks. */
function read(text: string | Buffer): { status: number | null; values: string[] } {
  const call = `file=$(mktemp); trap 'rm -f "$file"' EXIT; cat > "$file"; for f in ${FIELDS.join(' ')}; do field "$f" < "$file" || exit 1; printf '\\001'; done`;
  const { status, stdout } = joinFunction('field', call, text);
  return { status, values: stdout.split('\u0001').slice(0, -1) };
}

const printable = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((text) => !/\p{Cc}|\p{Cs}/u.test(text));
const secret = fc.record(
  {
    username: printable,
    password: printable,
    oneTimePassword: printable,
    note: printable,
    port: fc.integer(),
  },
  { requiredKeys: [] },
);
/** Three ways of writing JSON: JSON.stringify, all characters escaped, with extra spaces. */
const written = fc.tuple(secret, fc.integer({ min: 0, max: 2 })).map(([value, style]) => {
  const text = JSON.stringify(value, null, style === 2 ? 2 : 0);
  return { value, text: style === 1 ? text.replace(/[^ -~]/g, escape) : text };
});

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

test('the values of every object of strings are read unchanged', () => {
  fc.assert(
    fc.property(written, ({ value, text }) => {
      const fields = value as Record<string, unknown>;
      expect(read(text)).toEqual({ status: 0, values: FIELDS.map((name) => fields[name] ?? '') });
    }),
    { numRuns: runs },
  );
});

test('text that JSON.parse refuses is refused, and no text makes the reader hang', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '"',
    ':',
    ',',
    '\\',
    '\\u00',
    '\\ud83d',
    'null',
    '[',
    ' ',
    '\n',
    '"password"',
    '"a"',
    'x',
    '1',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      (text) => {
        const { status } = read(text);
        if (!isObject(text)) expect(status).not.toBe(0);
      },
    ),
    { numRuns: runs },
  );
});

test.each([
  ['{"password":"a\\nb"}', 'a line break, which stdin could not carry'],
  ['{"password":"a\\u0000b"}', 'NUL'],
  ['{"password":["a"]}', 'a list'],
  ['{"password":"a"} x', 'something behind it'],
  ['', 'nothing'],
])('%j is refused: %s', (text) => {
  expect(read(text).status).not.toBe(0);
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    // The reader skips a bare word as the value of another field without checking it.
    return /^\s*\{/.test(text) && /[:]\s*[x1nul]+/.test(text);
  }
}
