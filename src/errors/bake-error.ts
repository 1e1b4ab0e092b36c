/** Owns the one error class: a row of the error table, filled in, with the place it was found at. */
import { errorTable, type ErrorCode, type ErrorContext, type ExitCode } from './table.ts';

/** Where bad input stands: 1-based line and column; `excerpt` is the source line with a caret under the place. */
export interface Place {
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  excerpt?: string | undefined;
}

/** What else there is to know of a finding. */
interface More {
  place?: Place | undefined;
  cause?: unknown;
  /** Where the refused value stands in bakery.yaml or, beginning with `steps`, in the recipe: see `locate`. */
  at?: readonly (string | number)[] | undefined;
}

export class BakeError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'BakeError';
  readonly code: C;
  readonly context: ErrorContext<C>;
  readonly exit: ExitCode;
  readonly hint: string;
  /** Written once more where whoever read the file adds it: see `locate`. */
  place: Place;
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
}

/** Several findings at once, so that a user mends everything in one go. Never empty. */
export class BakeErrors extends Error {
  override readonly name = 'BakeErrors';
  readonly errors: BakeError[];

  constructor(errors: BakeError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.errors = errors;
  }
}

/** Gives a finding that knows only its path in a file (a pure part of the image made it) the place there. */
export function locate(error: BakeError, placeOf: (at: readonly (string | number)[]) => Place): BakeError {
  if (error.at !== undefined && error.place.line === undefined) error.place = placeOf(error.at);
  return error;
}

/** What `make` returns, or undefined: then what it threw is in the list, and the next one can be tried. */
export function collect<T>(make: () => T, errors: BakeError[]): T | undefined {
  try {
    return make();
  } catch (error) {
    errors.push(...errorsOf(error));
    return undefined;
  }
}

/** Throws all findings at once; returns when there are none. */
export function throwAll(errors: BakeError[]): void {
  if (errors.length === 1) throw errors[0] as BakeError;
  if (errors.length > 1) throw new BakeErrors(errors);
}

/** Full, read-only, out of quota, broken: what the system says of a disk, wherever it is met. */
const DISK = new Set(['ENOSPC', 'EROFS', 'EDQUOT', 'EIO', 'EACCES', 'EPERM']);

/** Anything thrown, as a list of BakeErrors; what is not ours becomes INTERNAL (exit 70). */
export function errorsOf(thrown: unknown): BakeError[] {
  if (thrown instanceof BakeError) return [thrown];
  if (thrown instanceof BakeErrors) return thrown.errors;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== undefined && DISK.has(code)) {
    return [
      new BakeError(
        'FOLDER_UNWRITABLE',
        { path: path ?? 'the disk', reason: error.message },
        { cause: thrown },
      ),
    ];
  }
  return [new BakeError('INTERNAL', { message: error.message, stack: error.stack ?? '' }, { cause: thrown })];
}

/** The same error at another file: its name as somebody else sees it. */
export function inFile(error: BakeError, file: string): BakeError {
  const { code, context, place, at, cause } = error;
  return new BakeError(code, context, { place: { ...place, file }, at, cause });
}

/** An error as plain data, for plans and messages between threads. */
export interface Fault {
  code: ErrorCode;
  /** What the table's row made its message of: plain data, too. */
  context: FaultContext;
  place: Place;
}

type FaultContext = string | number | boolean | null | FaultContext[] | { [key: string]: FaultContext };

export function faultOf({ code, context, place }: BakeError): Fault {
  return { code, context: context as FaultContext, place };
}

/** The error that a fault was made of, without its cause. */
export function errorOf({ code, context, place }: Fault): BakeError {
  return new BakeError(code, context as ErrorContext<ErrorCode>, { place });
}

/** The exit code of a list of errors: the gravest one's. */
export function exitOf(errors: BakeError[]): ExitCode {
  return Math.max(...errors.map((error) => error.exit)) as ExitCode;
}

/** The entry of design 3.2's `{"errors":[…]}`. */
export function errorJson(error: BakeError): Record<string, unknown> {
  const { file, line, column } = error.place;
  return { code: error.code, message: error.message, file, line, column, hint: error.hint };
}
