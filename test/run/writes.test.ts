import { describe, expect, it } from 'vitest';
import { newValue, notAgreed, type PlannedWrite } from '../../src/run/writes.ts';

const put = (to: string, from: string | null = 'ami-old'): PlannedWrite => ({
  what: '/hpc/ami/stable',
  from,
  to,
});
const tag = (image: string): PlannedWrite => ({
  what: `${image} in us-east-1`,
  from: null,
  to: 'tags it',
  image,
});

describe('what was agreed to', () => {
  it('covers the same writes, in any order, and fewer of them', () => {
    expect(notAgreed([put('ami-1'), tag('ami-1')], [tag('ami-1'), put('ami-1')])).toEqual([]);
    expect(notAgreed([put('ami-1'), tag('ami-1')], [])).toEqual([]);
  });

  it('covers no other value, no other place, and nothing else that was there', () => {
    expect(notAgreed([put('ami-1')], [put('ami-2')])).toHaveLength(1);
    expect(notAgreed([put('ami-1')], [{ ...put('ami-1'), what: '/hpc/ami/candidate' }])).toHaveLength(1);
    expect(notAgreed([put('ami-1')], [put('ami-1', 'ami-foreign')])).toHaveLength(1);
  });

  it('covers what a run made of a new image, and what goes with that image', () => {
    const agreed = [put(newValue('alinux2 x86_64'))];
    expect(notAgreed(agreed, [put('ami-1'), tag('ami-1')])).toEqual([]);
    // Tags of another image were never a part of it.
    expect(notAgreed(agreed, [put('ami-1'), tag('ami-2')])).toEqual([tag('ami-2')]);
  });

  it('does not cover effects on an image that was there already', () => {
    expect(notAgreed([put('ami-1')], [put('ami-1'), tag('ami-1')])).toEqual([tag('ami-1')]);
  });
});
