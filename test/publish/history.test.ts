/** Tests the history of a channel: a stack of images, from which a rollback removes the top. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParameterHistoryEntry } from '../../src/aws/parameters.ts';
import { parameterNote, readPast } from '../../src/publish/history.ts';

const A = 'ami-0aaaaaaaaaaaaaaaa';
const B = 'ami-0bbbbbbbbbbbbbbbb';
const C = 'ami-0cccccccccccccccc';

/** `A`: a publish of it, `<A`: a rollback to it. */
function past(...writes: string[]): ReturnType<typeof readPast> {
  return readPast(
    writes.map((write, at): ParameterHistoryEntry => {
      const back = write.startsWith('<');
      return {
        version: at + 1,
        value: back ? write.slice(1) : write,
        description: parameterNote(back ? 'rollback' : 'promote', '3f9c2a71', 'candidate'),
        at: `2026-11-0${at + 1}T00:00:00.000Z`,
        labels: [],
      };
    }),
  );
}

function before(...writes: string[]): string[] {
  return past(...writes).before.map(({ value }) => value);
}

describe('the past of a channel', () => {
  it('is empty without a parameter', () => {
    expect(past()).toEqual({ current: null, since: null, version: 0, before: [], withdrawn: [] });
  });

  it('lists the images before, newest first, each period once', () => {
    expect(before(A, A, B, B, C)).toEqual([B, A]);
    expect(past(A, B)).toMatchObject({ current: B, since: '2026-11-02T00:00:00.000Z', version: 2 });
  });

  it('goes two steps back after two rollbacks, not back and forth', () => {
    expect(before(A, B, C, `<${B}`)).toEqual([A]);
    expect(before(A, B, C, `<${B}`, `<${A}`)).toEqual([]);
    expect(past(A, B, C, `<${A}`)).toMatchObject({ current: A, before: [] });
  });

  it('remembers the image that a rollback withdrew until it is published again', () => {
    const taken = past(A, B, C, `<${A}`).withdrawn;
    expect(taken.map(({ value }) => value)).toEqual([B, C]);
    expect(taken[0]?.at).toBe('2026-11-04T00:00:00.000Z');
    expect(past(A, B, C, `<${A}`, C).withdrawn.map(({ value }) => value)).toEqual([B]);
  });

  it('counts a value that was written by hand as a publish', () => {
    expect(past(A, B, A)).toMatchObject({ current: A, before: [{ value: B }, { value: A }], withdrawn: [] });
  });

  it('counts a rollback to a value that SSM no longer has as a publish', () => {
    expect(past(B, `<${A}`)).toMatchObject({ current: A, before: [{ value: B }], withdrawn: [] });
  });

  it('always has the last value on top, and no withdrawn image below it', () => {
    const write = fc
      .tuple(fc.constantFrom(A, B, C), fc.boolean())
      .map(([id, back]) => (back ? `<${id}` : id));
    fc.assert(
      fc.property(fc.array(write, { minLength: 1, maxLength: 9 }), (writes) => {
        const found = past(...writes);
        expect(found.current).toBe(writes.at(-1)?.replace('<', ''));
        expect(found.withdrawn.map(({ value }) => value)).not.toContain(found.current);
        expect(found.before[0]?.value).not.toBe(found.current);
      }),
      { numRuns: 500 },
    );
  });
});
