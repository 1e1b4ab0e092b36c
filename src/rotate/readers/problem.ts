/** The exception of a reader for text with wrong syntax. Formats turn it into an entry. */

/** It is not a BakeError, because it knows no file and never leaves rotate/. */
export class SyntaxProblem extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Returns the result of `read`, or the place and the message of a syntax problem. Nesting that is too deep for the
 * stack counts as one.
 */
export function readOr<T>(read: () => T): { value: T } | { problem: { offset: number; message: string } } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { problem: { offset: error.offset, message: error.message } };
    if (error instanceof RangeError) return { problem: { offset: 0, message: 'nested too deeply' } };
    throw error;
  }
}
