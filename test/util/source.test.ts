/** Tests of places and excerpts. */
import { expect, it } from 'vitest';
import { maskLogin, placesIn, placesInBytes, positionsInBytes } from '../../src/util/source.ts';

it.each([
  ['LF', 'ab\ncd\n', 4, 2, 2, 'cd\n ^'],
  ['CR LF', 'ab\r\ncd\r\n', 5, 2, 2, 'cd\n ^'],
  ['lone CR', 'ab\rcd', 4, 2, 2, 'cd\n ^'],
  ['the very end', 'ab\n', 3, 2, 1, '\n^'],
  ['behind the end', 'ab', 99, 1, 3, 'ab\n  ^'],
  ['the line end itself', 'ab\r\ncd', 3, 1, 3, 'ab\n  ^'],
  ['nothing', '', 0, 1, 1, '\n^'],
  ['a tab before', '\tab', 2, 1, 3, '\tab\n\t ^'],
  ['characters outside the basic plane', '🧪🧪ab', 4, 1, 3, '🧪🧪ab\n  ^'],
  ['control characters', 'a\u001b[31mb', 6, 1, 7, 'a\ufffd[31mb\n      ^'],
])('finds line and column: %s', (_, text, offset, line, column, excerpt) => {
  expect(placesIn('f', text)(offset)).toEqual({ file: 'f', line, column, excerpt });
});

it('counts characters, not bytes', () => {
  const bytes = Buffer.from('größe\nü: x\n');
  expect(placesInBytes('f', bytes)(bytes.indexOf('x'))).toEqual({
    file: 'f',
    line: 2,
    column: 4,
    excerpt: 'ü: x\n   ^',
  });
});

it('finds the same lines and columns without excerpts, in any order', () => {
  const text = 'größe\n\r\n🧪🧪 ü: x\ry 日本\nz';
  const bytes = Buffer.from(text);
  const offsets = Array.from(
    text,
    (_, index) => Buffer.from(Array.from(text).slice(0, index).join('')).length,
  );
  // A parser never reports a place inside CR LF.
  const asked = offsets.filter((offset) => !(bytes[offset] === 10 && bytes[offset - 1] === 13));
  const place = placesInBytes('f', bytes);
  for (const order of [asked, asked.toReversed(), [...asked, ...asked]]) {
    const position = positionsInBytes(bytes);
    for (const offset of order) {
      const { line, column } = place(offset);
      expect(position(offset)).toEqual({ line, column });
    }
  }
});

it('looks up a hundred thousand places of one long line', () => {
  const position = positionsInBytes(Buffer.from('é '.repeat(1_000_000)));
  // Counting from the start of the line each time would not end within the time limit of a test.
  for (let offset = 0; offset < 3_000_000; offset += 30) position(offset);
  expect(position(2_999_999)).toEqual({ line: 1, column: 2_000_000 });
});

it('shows a window of a long line', () => {
  const { excerpt, column } = placesIn('f', `${'a'.repeat(5000)}X${'b'.repeat(5000)}`)(5000);
  const [line = '', caret = ''] = excerpt.split('\n');
  expect(column).toBe(5001);
  expect(line.length).toBeLessThan(200);
  expect(line[caret.indexOf('^')]).toBe('X');
});

it('hides logins of URLs', () => {
  expect(placesIn('f', 'url: https://bob:pw@host/')(5).excerpt).toBe('url: https://******@host/\n     ^');
  expect(maskLogin('https://bob:p@w@host/')).toBe('https://***@host/');
  expect(maskLogin('https://host/')).toBe('https://host/');
});

it('does not backtrack', () => {
  // A pattern that backtracks would not end within the time limit of a test.
  const text = '://'.repeat(1_000_000);
  expect(maskLogin(text)).toMatch(/^:\/\/:/);
  expect(placesIn('f', text)(1_500_000).column).toBe(1_500_001);
});
