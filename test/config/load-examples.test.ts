/** Tests that the shipped examples pass both our own reader and the JSON Schema that editors use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { expandGlobs } from '../../src/config/globs.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { loadAssets, loadBakery, loadRecipe } from '../../src/config/load.ts';
import { engines } from '../../src/engines/index.ts';
import { findReferences } from '../../src/rotate/find.ts';

const examples = join(import.meta.dirname, '../../examples');

it.each([
  ['bakery', 'bakery.yaml'],
  ['recipe', 'recipe.yaml'],
  ['assets', 'assets.yaml'],
] as const)('the JSON Schema of %s accepts examples/%s', (kind, file) => {
  const check = new Ajv2020({ strict: false }).compile(jsonSchema(kind, engines));
  check(parse(readFileSync(join(examples, file), 'utf8')));
  expect(check.errors).toBeNull();
});

it('reads the example and the files that it names', async () => {
  const { value } = await loadBakery(join(examples, 'bakery.yaml'), {}, engines);
  expect((await loadRecipe(join(examples, value.defaults.recipe))).value.steps).not.toEqual([]);
  expect((await loadAssets(join(examples, value.assets ?? ''))).value.assets).not.toEqual([]);
  expect(await expandGlobs(examples, value.trust.certificates)).not.toEqual([]);
});

it('finds the ids in the cluster configs of the example', async () => {
  const { value } = await loadBakery(join(examples, 'bakery.yaml'), {}, engines);
  const files = await expandGlobs(examples, value.rotate.paths);
  expect(files.length).toBeGreaterThan(1);
  for (const file of files) {
    const found = findReferences(file, readFileSync(join(examples, file)));
    expect(found.errors).toEqual([]);
    expect(found.references.length).toBeGreaterThan(0);
  }
});
