/** The error class: a row of the error table with its values, and the place of the error in a file. */
import { isDiskError, isSystemError } from './system.ts';
import { errorTable, type ErrorCode, type ErrorContext, type ExitCode } from './table.ts';

/** Where bad input is: line and column start at 1; `excerpt` is the source line with a caret under the place. */
export interface FilePlace {
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  excerpt?: string | undefined;
}

/** More information about an error. */
interface More {
  place?: FilePlace | undefined;
  cause?: unknown;
  /** The path of the refused value in bakery.yaml or, if it begins with `steps`, in the recipe: see `locate`. */
  at?: readonly (string | number)[] | undefined;
}

export class BakeError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'BakeError';
  readonly code: C;
  readonly context: ErrorContext<C>;
  readonly exit: ExitCode;
  readonly hint: string;
  /** Not readonly, because the reader of the file may add it later: see `locate`. */
  place: FilePlace;
  readonly at: More['at'];

  constructor(code: C, context: ErrorContext<C>, more: More = {}) {
    const row = errorTable[code] as { message(c: unknown): string; hint(c: unknown): string; exit: ExitCode };
    super(row.message(context), more.cause === undefined ? {} : { cause: more.cause });
    this.code = code;
    this.context = context;
    this.exit = row.exit;
    this.hint = row.hint(context);
    this.place = more.place ?? {};
    this.at = more.at;
  }

  /** The same error with another text of its hint. */
  withHint(hint: string): BakeError<C> {
    const { code, context, place, at, cause } = this;
    if (hint === this.hint) return this;
    const same = new BakeError(code, context, { place, at, cause });
    return Object.assign(same, { hint });
  }
}

/** Several errors at once, so that a user can fix everything together. Never empty. */
export class BakeErrors extends Error {
  override readonly name = 'BakeErrors';
  readonly errors: BakeError[];

  constructor(errors: BakeError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.errors = errors;
  }
}

/** Adds the place in a file to an error that has only a path, because pure code made it. */
export function locate(
  error: BakeError,
  placeOf: (at: readonly (string | number)[]) => FilePlace,
): BakeError {
  if (error.at !== undefined && error.place.line === undefined) error.place = placeOf(error.at);
  return error;
}

/** The result of `make`, or undefined if it threw; the errors are added to the list, so that the caller can continue. */
export function collectErrors<T>(make: () => T, errors: BakeError[]): T | undefined {
  try {
    return make();
  } catch (error) {
    errors.push(...errorsOf(error));
    return undefined;
  }
}

/** Throws all errors at once; returns if there are none. */
export function throwAll(errors: BakeError[]): void {
  if (errors.length === 1) throw errors[0] as BakeError;
  if (errors.length > 1) throw new BakeErrors(errors);
}

/** Any thrown value as a list of BakeErrors; an unknown error becomes INTERNAL (exit 70). */
export function errorsOf(thrown: unknown): BakeError[] {
  if (thrown instanceof BakeError) return [thrown];
  if (thrown instanceof BakeErrors) return thrown.errors;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code, path } = error as NodeJS.ErrnoException;
  if (isDiskError({ code })) {
    return [
      new BakeError(
        'FOLDER_UNWRITABLE',
        { path: path ?? 'the disk', reason: error.message },
        { cause: thrown },
      ),
    ];
  }
  if (isSystemError(error)) {
    return [new BakeError('SYSTEM_REFUSED', { reason: error.message }, { cause: thrown })];
  }
  return [new BakeError('INTERNAL', { message: error.message, stack: error.stack ?? '' }, { cause: thrown })];
}

/** The same error with another name of the file. */
export function inFile(error: BakeError, file: string): BakeError {
  const { code, context, place, at, cause } = error;
  return new BakeError(code, context, { place: { ...place, file }, at, cause });
}

/** An error as plain data, for plans and messages between threads. */
export interface Fault {
  code: ErrorCode;
  /** The values of the table row, which are plain data. */
  context: FaultContext;
  place: FilePlace;
}

type FaultContext = string | number | boolean | null | FaultContext[] | { [key: string]: FaultContext };

export function faultOf({ code, context, place }: BakeError): Fault {
  return { code, context: context as FaultContext, place };
}

/** The error of a fault, without its cause. */
export function errorOf({ code, context, place }: Fault): BakeError {
  return new BakeError(code, context as ErrorContext<ErrorCode>, { place });
}

/** The exit code of several errors: the highest one. */
export function exitOf(errors: BakeError[]): ExitCode {
  return Math.max(...errors.map((error) => error.exit)) as ExitCode;
}

/** One entry of `{"errors":[…]}` in the output of --json. */
export function errorJson(error: BakeError): Record<string, unknown> {
  const { file, line, column } = error.place;
  return { code: error.code, message: error.message, file, line, column, hint: error.hint };
}
