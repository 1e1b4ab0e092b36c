/** Tests how bake converts a config for a CloudFormation template. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { convertConfig } from '../../src/template/carried.ts';
import { type BakeError, BakeErrors } from '../../src/errors/bake-error.ts';
import { aliased, json, rootOnly } from './configs.ts';

const carry = (text: string | Buffer): string => convertConfig('prod.yaml', Buffer.from(text));
const meaning = (text: string): unknown => parse(text, { version: '1.1', merge: true });

function refusals(
  text: string | Buffer,
): { message: string; line?: number | undefined; column?: number | undefined }[] {
  try {
    carry(text);
  } catch (error) {
    const errors = error instanceof BakeErrors ? error.errors : [error as BakeError];
    return errors.map(({ code, message, place }) => {
      expect(code).toBe('TEMPLATE_CONFIG');
      return { message, line: place.line, column: place.column };
    });
  }
  return [];
}

describe('a config', () => {
  test('keeps its comments, order, quotes and blanks, except for words that readers read differently', () => {
    const changed = [
      ['Encrypted: yes', 'Encrypted: true'],
      ['Secured: on', 'Secured: true'],
      ['ScaledownIdletime: 010', 'ScaledownIdletime: 8'],
      ['Value: 012345678901', "Value: '012345678901'"],
    ] as const;
    const expected = changed.reduce((text, [from, to]) => text.replace(from, to), rootOnly);
    expect(carry(rootOnly)).toBe(expected);
  });

  test('with aliases and merge keys has them expanded, and means the same', () => {
    const carried = carry(aliased('alinux2'));
    expect(carried).not.toMatch(/[&*]\w|<<|^---/m);
    expect(carried).not.toMatch(/[ \t]$/m);
    expect(carried).toContain('# the image');
    expect(meaning(carried)).toEqual(meaning(aliased('alinux2')));
  });

  test('in JSON with tabs stays JSON, with spaces', () => {
    const carried = carry(json('alinux2023'));
    expect(carried).not.toContain('\t');
    expect(JSON.parse(carried)).toEqual(JSON.parse(json('alinux2023')));
  });

  test.each([
    ['CR LF', rootOnly.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${rootOnly}`],
    ['a document start and a directive', `%YAML 1.1\n---\n${rootOnly}`],
    ['a document end', `${rootOnly}...\n`],
    ['no final line end', rootOnly.trimEnd()],
    ['blank lines around', `\n\n${rootOnly}\n\n`],
  ])('with %s gives the same result as without', (_what, text) => {
    expect(carry(text)).toBe(carry(rootOnly));
  });

  test('keeps characters beyond ASCII byte by byte', () => {
    const text = `${rootOnly}# Zürich → prod\n`;
    expect(Buffer.from(carry(text), 'latin1').toString('utf8')).toContain('# Zürich → prod');
  });

  test('keeps a multi-line text, even if it looks like a mapping', () => {
    const block =
      'Image:\n  Os: x\nHeadNode:\n  Note: |\n    on: yes\n\n      012\n  Other: >-\n    a\n    b\nScheduling: {}\n';
    expect(carry(block)).toBe(block);
  });

  test('merges the first map first, and gives precedence to its own keys', () => {
    const text =
      'a: &a {x: 1, w: 1}\nb: &b {w: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0\nd: {<<: *b, z: 9}\ne:\n  - <<: *a\n    k: *b\n';
    expect(meaning(carry(text))).toEqual(meaning(text));
  });
});

describe('a config that cannot be converted is refused with the place', () => {
  test.each([
    ['an empty value', 'Image:\n  Os: x\nHeadNode:\n  Iam:\n', 4, 3, /Iam has no value/],
    ['null', 'Image: null\n', 1, 1, /Image has no value/],
    ['an empty entry of a list', 'Tags:\n  -\n  - a\n', 2, 4, /empty value/],
    ['a tag', 'Image:\n  Os: !Ref Os\n', 2, 12, /the tag !Ref/],
    ['a list', '- a\n', 1, 1, /not a cluster config/],
    ['a second document', 'a: 1\n---\nb: 1\n', 3, 1, /second document/],
    ['broken YAML', 'a: [\n', 2, 1, /not valid YAML/],
    ['a duplicate key', 'a: 1\na: 2\n', 2, 1, /duplicate key a/],
    ['a lone CR', 'a: 1\rb: 2\n', 1, 5, /a lone CR/],
    ['an alias of nothing', 'a: *b\n', 1, 4, /there is no &b/],
  ])('%s', (_what, text, line, column, message) => {
    expect(refusals(text)).toEqual([{ line, column, message: expect.stringMatching(message) as string }]);
  });

  test('UTF-16 and broken UTF-8', () => {
    expect(refusals(Buffer.from('a: 1\n', 'utf16le'))[0]?.message).toMatch(/UTF-8/);
    expect(refusals(Buffer.from([0x61, 0x3a, 0x20, 0xff]))[0]?.message).toMatch(/UTF-8/);
  });

  test('all errors at once', () => {
    expect(refusals('a:\nb: !Sub x\nc: ~\n').map(({ line }) => line)).toEqual([1, 2, 3]);
  });
});
