/** Tests that every error of the table can be explained. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explanation } from '../../../src/jobs/explanation.ts';
import { bake } from '../../support/bake.ts';
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

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

test('shows a shipped recipe with its expectations and the version of the package', async () => {
  const { stdout, exitCode } = await bake(['explain', 'standard', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    recipe: 'standard',
    from: `ami-bakery ${version}`,
    summary: expect.stringMatching(/^The default recipe/) as string,
    text: readFileSync('recipes/standard.yaml', 'utf8'),
    expect: [{ name: 'closed-network', text: readFileSync('recipes/expect/closed-network.yaml', 'utf8') }],
  });
  const plain = await bake(['explain', 'standard']);
  expect(plain.stdout).toContain(`from   ami-bakery ${version}, recipes/standard.yaml`);
});

test('lists the shipped recipes behind the codes', async () => {
  const { stdout } = await bake(['explain', '--json']);
  const { codes, recipes } = JSON.parse(stdout) as { codes: unknown[]; recipes: { recipe: string }[] };
  expect(codes).toHaveLength(Object.keys(errorTable).length);
  expect(recipes.map(({ recipe }) => recipe)).toEqual(['minimal', 'standard']);
});

test.each([
  ['standart', 'did you mean standard?'],
  ['CA_LEAV', 'did you mean CA_LEAF?'],
])('suggests the nearest for %s', async (word, hint) => {
  const { stderr, exitCode } = await bake(['explain', word]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(hint);
});
