/** A failure inside src/assets/ that can cross threads: a code and its context, turned into a BakeError at the border. */
import { BakeError } from '../errors/bake-error.ts';
import type { ErrorCode, ErrorContext } from '../errors/table.ts';

/** Plain data: a BakeError posted to another thread would lose its code. */
export interface AssetProblem {
  code: ErrorCode;
  context: object;
  /** A retry may succeed. */
  retryable: boolean;
}

export function assetError<C extends ErrorCode>(
  code: C,
  context: ErrorContext<C>,
  retryable = false,
): AssetError {
  return new AssetError({ code, context, retryable });
}

/** Thrown inside src/assets/; leaves the folder as a BakeError. */
export class AssetError extends Error {
  readonly problem: AssetProblem;

  constructor(problem: AssetProblem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** Drops the query of a URL: it may be a signature, and a signed URL is all that a stranger needs to fetch the file. */
export function toBakeError({ code, context }: AssetProblem): BakeError {
  const { url } = context as { url?: unknown };
  if (typeof url !== 'string') return new BakeError(code, context);
  return new BakeError(code, { ...context, url: url.replace(/\?.*$/s, '') });
}

/** Runs `work` and rethrows its AssetErrors as BakeErrors. */
export async function withBakeErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AssetError ? toBakeError(error.problem) : error;
  }
}
