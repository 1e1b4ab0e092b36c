/** Owns: each broken mirrors section of test/fixtures/mirrors is refused with its code, at its place, before anything is rendered. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorsOf } from '../../src/errors/bake-error.ts';
import { mirrorsPart } from '../../src/image/mirrors/mirrors.ts';
import { loadProject } from '../../src/pipeline/project.ts';
import { packagePath } from '../../src/util/package-path.ts';

const folder = packagePath('test', 'fixtures', 'mirrors');
const cases = readdirSync(folder).filter((name) => /^\d\d-.*\.yaml$/.test(name));

/** `CODE line:column` of every finding, as bake would say them; `-` where the file does not say it at one place. */
async function findings(file: string): Promise<string[]> {
  const selection = { os: [], regions: [], recipe: 'recipe.yaml', rebake: false };
  try {
    const { jobs } = await loadProject(path.join(folder, file), selection, {}, new Date());
    for (const { image, target } of jobs) mirrorsPart({ ...image, ...target });
    return [];
  } catch (error) {
    return errorsOf(error).map(({ code, place, message }) => {
      expect(message).not.toMatch(/secret/);
      return place.line === undefined ? `${code} -` : `${code} ${place.line}:${place.column}`;
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
