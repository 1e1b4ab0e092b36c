/** Owns what crosses a thread's border: findings as plain data, for an error arrives there without its class. */
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import type { ErrorCode, ErrorContext } from '../errors/table.ts';
import type { Found } from './format.ts';

interface PlainError {
  code: ErrorCode;
  context: ErrorContext<ErrorCode>;
  place: FilePlace;
}

/** The same with plain errors, those of what was found too. */
export type Plain<T extends { errors: BakeError[] }> = Omit<T, 'errors' | 'found'> & {
  errors: PlainError[];
} & (T extends { found: Found[] } ? { found: Plain<Found>[] } : unknown);

type Result = { errors: BakeError[]; found?: Found[] };

/** Causes stay behind: they are for those who look into a bug, and may be of any kind. */
export function plain<T extends Result>(result: T): Plain<T> {
  const errors = result.errors.map(({ code, context, place }) => ({ code, context, place }));
  const found = result.found && { found: result.found.map(plain) };
  return { ...result, ...found, errors } as unknown as Plain<T>;
}

/** What plain() was given. */
export function revived<T extends Result>(result: Plain<T>): T {
  const errors = result.errors.map(({ code, context, place }) => new BakeError(code, context, { place }));
  const { found } = result as { found?: Plain<Found>[] };
  return { ...result, ...(found && { found: found.map(revived) }), errors } as unknown as T;
}
