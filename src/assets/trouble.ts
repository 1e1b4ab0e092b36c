/** Owns a failure on its way out of a worker thread: a code and its context, made a BakeError by whoever reports it. */
import { BakeError } from '../errors/bake-error.ts';
import type { ErrorCode, ErrorContext } from '../errors/table.ts';

/** What a thread can hand to another; a BakeError would arrive without its code. */
export interface Trouble {
  code: ErrorCode;
  context: object;
  /** Trying again may help. */
  passing: boolean;
}

export function trouble<C extends ErrorCode>(code: C, context: ErrorContext<C>, passing = false): Troubled {
  return new Troubled({ code, context, passing });
}

/** Thrown inside src/assets/; leaves it as a BakeError. */
export class Troubled extends Error {
  readonly trouble: Trouble;

  constructor(what: Trouble) {
    super(what.code);
    this.trouble = what;
  }
}

/** What an address says behind `?` is a signature: whoever has it has the file. */
export function toBakeError({ code, context }: Trouble): BakeError {
  const { url } = context as { url?: unknown };
  if (typeof url !== 'string') return new BakeError(code, context);
  return new BakeError(code, { ...context, url: url.replace(/\?.*$/s, '') });
}

/** Runs `work`, whose failures leave as BakeErrors. */
export async function reported<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Troubled ? toBakeError(error.trouble) : error;
  }
}
