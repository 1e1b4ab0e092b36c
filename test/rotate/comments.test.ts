/** Tests of comments beside an id: name and date move with it, everything else stays. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshComment } from '../../src/rotate/comments.ts';

const was = {
  id: 'ami-0123456789abcdef0',
  name: 'bakery-alinux2-x86_64-3.15.1-0123456789ab',
  createdAt: '2026-10-01T04:05:06.000Z',
};
const now = {
  id: 'ami-0aaaaaaaaaaaaaaaa',
  name: 'bakery-alinux2-x86_64-3.15.1-ba9876543210',
  createdAt: '2026-11-02T03:00:00.000Z',
};
const other = 'corp-rocky9-arm64-3.16.1-000000000000';

describe('replaces', () => {
  it.each([
    ['the old name', was.name, now.name],
    ['name and date', `${was.name} 2026-10-01`, `${now.name} 2026-11-02`],
    [
      'name and date in brackets',
      `our AMI: ${was.name} (2026-10-01), gpu`,
      `our AMI: ${now.name} (2026-11-02), gpu`,
    ],
    ['a date before the name', `2026-10-01: ${was.name}`, `2026-11-02: ${now.name}`],
    ['a date with a word between', `${was.name}, built on 2026-09-30`, `${now.name}, built on 2026-11-02`],
    ['a date with its time', `${was.name} 2026-10-01T04:05:06Z`, `${now.name} ${now.createdAt}`],
    ['a bakery name with the date that Image Builder adds', `${was.name} 2026-10-01T04-05-06.789Z`, now.name],
    [
      'an outdated name of the same family',
      'from corp-alinux2-x86_64-3.15.1-000000000000!',
      `from ${now.name}!`,
    ],
    ['no name of another family', `not ${other}`, undefined],
    ['the old id', `same as ${was.id} 2026-10-01`, `same as ${now.id} 2026-11-02`],
    ['the old id and name', `${was.id} = ${was.name}`, `${now.id} = ${now.name}`],
    ['the old name every time', `${was.name}, yes, ${was.name}`, `${now.name}, yes, ${now.name}`],
    [
      "the old image's own date anywhere",
      `${was.name} rotated by Ann, image of the nightly run, 2026-10-01`,
      `${now.name} rotated by Ann, image of the nightly run, 2026-11-02`,
    ],
  ])('%s', (_, text, wanted) => {
    expect(freshComment(text, was, now)).toBe(wanted);
  });

  it('an official name with a blank in it', () => {
    const official = {
      ...was,
      name: 'aws-parallelcluster-3.15.1-amzn2-hvm-x86_64-202605280000 2026-05-28T00-00-00Z',
    };
    expect(freshComment(`${official.name}, 2026-05-28`, official, now)).toBe(`${now.name}, 2026-11-02`);
  });

  it('the id if neither name is known', () => {
    expect(freshComment(`was ${was.id}, gpu`, { id: was.id }, { id: now.id })).toBe(`was ${now.id}, gpu`);
  });
});

describe('leaves', () => {
  it.each([
    ['words without a name', 'do not touch before Monday'],
    ['a date without a name', 'checked 2026-10-01'],
    ['other ids', 'was ami-1a2b3c4d'],
    ['an id that is part of a longer word', `x${was.id} ${was.id}0`],
    [
      'two bakery names, of which either can be the right one',
      `${other} or ${other.replace('rocky9', 'rocky8')}`,
    ],
    ['a name that is part of a longer one', `${was.name}-old`],
    ['a comment that is already correct', `${now.name} 2026-11-02`],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(freshComment(text, { ...was, name: was.name }, now)).toBeUndefined();
  });

  it('a date of something else', () => {
    expect(freshComment(`${was.name}, rotate again before 2026-12-01`, was, now)).toBe(
      `${now.name}, rotate again before 2026-12-01`,
    );
  });

  it('a name if the new one is not known', () => {
    expect(freshComment(was.name, was, { id: now.id })).toBeUndefined();
  });
});

it('changes no word except names, ids and dates', () => {
  const piece = fc.constantFrom(
    was.id,
    was.name,
    other,
    '2026-10-01',
    'gpu',
    ', ',
    ' ',
    '(',
    'of',
    '#',
    'größer',
    'ami-',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const text = pieces.join(' ');
      const fresh = freshComment(text, was, now);
      if (fresh === undefined) return;
      const known = [was.id, was.name, other, now.id, now.name, '2026-10-01', '2026-11-02'];
      const rest = (one: string) => known.reduce((left, word) => left.replaceAll(word, '·'), one);
      expect(rest(fresh)).toBe(rest(text));
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 10_000) },
  );
});
