/** Bakes images of the shipped recipe minimal offline, in a root filesystem of every OS. */
import { testShippedRecipe } from './support/shipped-recipe.ts';

await testShippedRecipe('minimal');
