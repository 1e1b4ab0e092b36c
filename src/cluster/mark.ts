/** The first words of every template that bake writes, so that bake never overwrites a file that it did not write. */

/** The beginning of the first line of every template. */
export const MARK = '# Made by bake template';
