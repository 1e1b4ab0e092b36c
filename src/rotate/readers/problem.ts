/** Owns what a reader throws where a text is not what it should be; formats turn it into an entry. */

/** Not a BakeError: it has no file yet, and never leaves rotate/. */
export class SyntaxProblem extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** What `read` makes, or the place and the words of its trouble; nesting beyond the stack is one, too. */
export function readOr<T>(read: () => T): { value: T } | { trouble: { offset: number; message: string } } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { trouble: { offset: error.offset, message: error.message } };
    if (error instanceof RangeError) return { trouble: { offset: 0, message: 'nested too deeply' } };
    throw error;
  }
}
