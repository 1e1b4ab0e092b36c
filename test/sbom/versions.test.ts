/** Tests the version orders of rpm, dpkg and Python. test/peers/versions.test.ts compares them with the programs. */
import { describe, expect, test } from 'vitest';
import { compareDeb, comparePython, compareRpm, type Compare } from '../../src/sbom/versions.ts';

/** Each list is in ascending order; versions in an inner list are equal. */
const ORDERED: [string, Compare, (string | string[])[]][] = [
  [
    'rpm',
    compareRpm,
    [
      '~',
      '',
      'a-1',
      '1.0~rc1-1',
      '1.0-1',
      ['1.0-1.el9', '1.00-1.el9', '0:1.0-1.el9'],
      '1.0^20240101git-1',
      '1.0.a-1',
      '1.0.1-1',
      ['1.1-1', '01.1-1', '1.01-1', '1_1-1'],
      '1.1-1.1',
      '5.10.220-209.869.amzn2',
      '5.10.230-223.885.amzn2',
      '18446744073709551617-1',
      '1:0.1-1',
    ],
  ],
  [
    'dpkg',
    compareDeb,
    [
      '1~~',
      '1~~a',
      '1~',
      '1',
      ['1.0', '1.0-0', '0:1.0', '1.00'],
      '1.0-1',
      ['1.0-1ubuntu1', '1.0-01ubuntu01'],
      '1.0-1ubuntu1.1',
      '1.0a',
      '1.0+b1',
      '1.0.1',
      '1.1',
      '2.37-2ubuntu2.2',
      '5.15.0-1072.78',
      '99999999999999999999-1',
      '1:0',
    ],
  ],
  [
    'Python',
    comparePython,
    [
      '1.0.dev1',
      '1.0a1.dev2',
      ['1.0a1', '1.0.alpha1', '1.0-a.1'],
      '1.0b2',
      '1.0rc1',
      ['1.0', '1', 'v1.0.0', '1.0.0.0'],
      '1.0+local.1',
      '1.0.post1.dev1',
      ['1.0.post1', '1.0-1', '1.0.rev1'],
      '1.0.1',
      '1.10',
      '2024.7.4',
      '1!0.1',
    ],
  ],
];

describe.each(ORDERED)('%s', (_, compare, list) => {
  const flat = list.flatMap((entry, rank) => [entry].flat().map((version) => ({ version, rank })));

  test.each(flat)('$version is at the right position', ({ version, rank }) => {
    const wrong = flat.filter(
      (other) => Math.sign(compare(version, other.version)) !== Math.sign(rank - other.rank),
    );
    expect(wrong.map((other) => other.version)).toEqual([]);
  });
});
