/** Reads the shipped recipes, and tells where the recipe of a target comes from. */
import { readFile } from 'node:fs/promises';
import { loadRecipe } from '../config/load.ts';
import { isBareName, shippedFile, shippedNames } from '../config/shipped.ts';

interface ShippedText {
  name: string;
  text: string;
}

export interface ShippedRecipe {
  recipe: string;
  /** The package that it came with: `ami-bakery 0.1.0`. */
  from: string;
  /** The first comment of the file. */
  summary: string;
  text: string;
  /** The shipped lists of expectations that it names. */
  expect: ShippedText[];
}

/** `ami-bakery 0.1.0` for a shipped recipe, the path from the folder of bakery.yaml for a file of the user. */
export function recipeSource(recipe: string, version: string): string {
  return isBareName(recipe) ? `ami-bakery ${version}` : recipe;
}

export async function shippedRecipes(version: string): Promise<ShippedRecipe[]> {
  return Promise.all(shippedNames('recipe').map((name) => readShipped(name, version)));
}

async function readShipped(recipe: string, version: string): Promise<ShippedRecipe> {
  const file = shippedFile('recipe', recipe);
  const text = await readFile(file, 'utf8');
  const { value } = await loadRecipe(file);
  const lists = value.expect.filter((item) => typeof item === 'string').filter(isBareName);
  const expect = lists.map(async (name) => ({
    name,
    text: await readFile(shippedFile('expect', name), 'utf8'),
  }));
  return {
    recipe,
    from: recipeSource(recipe, version),
    summary: /^# (.*)/.exec(text)?.[1] ?? '',
    text,
    expect: await Promise.all(expect),
  };
}
