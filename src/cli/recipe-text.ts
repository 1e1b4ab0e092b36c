/** Shows a shipped recipe. */
import type { ShippedRecipe } from '../jobs/shipped-recipes.ts';

export function recipeText({ recipe, from, summary, text, expect }: ShippedRecipe): string {
  return [
    `${recipe}: ${summary}`,
    '',
    `  from   ${from}, recipes/${recipe}.yaml`,
    `  use    recipe: ${recipe} in bakery.yaml, or --recipe ${recipe}`,
    '  change `bake init --own-recipe` copies standard; a recipe of your own is named by its path',
    '',
    text.trimEnd(),
    ...expect.flatMap((list) => [
      '',
      `${list.name} (${from}, recipes/expect/${list.name}.yaml)`,
      '',
      list.text.trimEnd(),
    ]),
  ].join('\n');
}
