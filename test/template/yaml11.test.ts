/** Tests the meaning of words without quotes in YAML 1.1. The expected values are those of PyYAML 6. */
import { describe, expect, test } from 'vitest';
import { plainMeaning, singleQuoted } from '../../src/template/yaml11.ts';

describe('a word without quotes', () => {
  test.each([
    'c5.xlarge',
    '40',
    '-3',
    '0',
    'true',
    'False',
    '1.5',
    'subnet-0123',
    's3://b/k',
    '10.0.0.0/8',
    '3.15.1',
    'a:b',
  ])('stays %s, which every reader reads alike', (source) =>
    expect(plainMeaning(source)).toEqual({ as: source }),
  );

  test.each([
    ['on', 'true'],
    ['Off', 'false'],
    ['YES', 'true'],
    ['no', 'false'],
    ['010', '8'],
    ['-010', '-8'],
    ['0x1F', '31'],
    ['0b101', '5'],
    ['1_000', '1000'],
    ['+12', '12'],
    ['1:30', '90'],
    ['190:20:30', '685230'],
    ['1.5e+3', '1500'],
    ['1:30.5', '90.5'],
    ['.5', '0.5'],
    ['00', '0'],
  ])('%s is written as %s, its value', (source, as) => expect(plainMeaning(source)).toEqual({ as }));

  test.each([
    '012345678901',
    '09',
    '1e3',
    '0o17',
    'y',
    'N',
    '=',
    '<<',
    '2026-11-01',
    '2026-11-01T10:00:00Z',
    '08:30',
    '.inf',
  ])('%s is quoted, because it is a text to pcluster but perhaps not to other readers', (source) =>
    expect(plainMeaning(source)).toEqual({ as: `'${source}'` }),
  );

  test.each(['', '~', 'null', 'Null', 'NULL'])('%j is an empty value', (source) => {
    expect(plainMeaning(source)).toBeNull();
  });
});

test('quotes inside quotes are doubled', () => {
  expect(singleQuoted("it's")).toBe("'it''s'");
});
