/** Owns the first words of every template, by which a file of another origin is told from one of ours. */

/** First line of every template, so that a file of another origin is never overwritten. */
export const MARK = '# Made by bake template';
