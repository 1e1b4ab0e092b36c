import { expect, it } from 'vitest';
import type { Plain } from '../../src/run/plain.ts';

/** Compiles only where T is plain data. */
function plain<T>(value: Plain<T>): Plain<T> {
  return value;
}

it('plain data survives JSON, and the types reject everything else', () => {
  const value = plain<{ list: readonly { id: string; size?: number }[]; none: null }>({
    list: [{ id: 'a' }],
    none: null,
  });
  expect(JSON.parse(JSON.stringify(value))).toEqual(value);
  // @ts-expect-error a function is not data
  plain<{ render: () => string }>({ render: () => '' });
  // @ts-expect-error a Date becomes a string
  plain<{ at: Date }>({ at: new Date(0) });
  // @ts-expect-error a Map becomes {}
  plain<{ by: Map<string, string> }>({ by: new Map<string, string>() });
  // @ts-expect-error an Error loses its message
  plain<{ errors: Error[] }>({ errors: [new Error('lost')] });
  // @ts-expect-error undefined becomes null in a list
  plain<{ list: (string | undefined)[] }>({ list: [undefined] });
});
