/** Bakes images of the shipped recipe standard offline, in a root filesystem of every OS. */
import { testShippedRecipe } from './support/shipped-recipe.ts';

await testShippedRecipe('standard');
