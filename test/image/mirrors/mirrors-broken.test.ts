/** Tests the broken mirrors sections of test/fixtures/mirrors: each is refused with its code and its line. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorsOf } from '../../../src/errors/bake-error.ts';
import { loadProject } from '../../../src/pipeline/project.ts';
import { packagePath } from '../../../src/util/package-path.ts';

const folder = packagePath('test', 'fixtures', 'mirrors');
const cases = readdirSync(folder).filter((name) => /^\d\d-.*\.yaml$/.test(name));

/** `CODE line:column` of every error that bake reports. */
async function findings(file: string): Promise<string[]> {
  const selection = { os: [], regions: [], recipe: 'recipe.yaml', rebake: false };
  try {
    await loadProject(path.join(folder, file), selection, {}, new Date());
    return [];
  } catch (error) {
    return errorsOf(error).map(({ code, place, message }) => {
      expect(message).not.toMatch(/secret/);
      return `${code} ${place.line}:${place.column}`;
    });
  }
}

test('there are at least thirty', () => {
  expect(cases.length).toBeGreaterThanOrEqual(30);
});

describe('a broken mirrors section', () => {
  test.each(cases)('%s', async (file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const expected = /^# expect (.*)$/m.exec(text)?.[1]?.split(', ');
    expect(await findings(file)).toEqual(expected);
  });
});
