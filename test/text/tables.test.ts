/** Tests of tables for people. */
import { expect, test } from 'vitest';
import { columns, table } from '../../src/text/tables.ts';

test('columns are as wide as their widest cell, with upper-case headings and no trailing spaces', () => {
  expect(
    table(
      ['os', 'image'],
      [
        ['alinux2', 'ami-1'],
        ['rocky9', ''],
      ],
    ),
  ).toBe('OS       IMAGE\nalinux2  ami-1\nrocky9');
});

test('wide characters count as two columns', () => {
  expect(
    columns(
      [
        ['日本', 'a'],
        ['abc', 'b'],
      ],
      '  ',
    ),
  ).toBe('  日本  a\n  abc   b');
});

test('rows may have different lengths', () => {
  expect(columns([['a'], ['b', 'c']])).toBe('a\nb  c');
  expect(columns([])).toBe('');
});
