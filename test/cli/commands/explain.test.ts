/** Tests that every error of the table can be explained. */
import { expect, test } from 'vitest';
import { explanation } from '../../../src/cli/commands/explain.ts';
import { errorTable, type ErrorCode } from '../../../src/errors/table.ts';

test.each(Object.keys(errorTable) as ErrorCode[])(
  '%s has a message, a next step and an exit code',
  (code) => {
    const { message, hint, title, exit } = explanation(code);
    for (const text of [message, hint, title]) {
      expect(text).not.toBe('');
      expect(text).not.toMatch(/undefined|\[object|function/);
    }
    expect([1, 2, 3, 4, 70, 130]).toContain(exit);
  },
);

test('a message shows the names of its fields', () => {
  expect(explanation('CA_LEAF').message).toMatch(/^<path>: <subject> is not a CA/);
});
