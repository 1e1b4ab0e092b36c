/** Makes reads that may fail: a value that bake cannot read is "not checked" instead of an error. */
import { BakeError } from '../errors/bake-error.ts';
import { isAws } from './errors.ts';

/** The value that was read; null: it does not exist; `unknown`: why it could not be read. */
export type ReadResult<T> = { value: T | null } | { unknown: string };

/** The longest wait for one answer: in a closed network IAM may be unreachable. */
const PATIENCE_MS = 15_000;
const WITHOUT_HOPE: ReadonlySet<string> = new Set(['AWS_CREDENTIALS', 'AWS_EXPIRED']);

/**
 * The result of one read. Missing or expired credentials are thrown, because no other call would work either.
 * @param missing names of the AWS errors that mean "does not exist"
 * @throws BakeError AWS_CREDENTIALS, AWS_EXPIRED
 */
export async function tryRead<T>(
  what: string,
  missing: readonly string[],
  read: (signal: AbortSignal) => Promise<T>,
): Promise<ReadResult<T>> {
  try {
    return { value: await read(AbortSignal.timeout(PATIENCE_MS)) };
  } catch (error) {
    if (isAws(error, ...missing)) return { value: null };
    if (error instanceof BakeError && WITHOUT_HOPE.has(error.code)) throw error;
    const reason = error instanceof BakeError ? reasonOf(error) : 'no answer within 15 seconds';
    return { unknown: `${what}: ${reason}` };
  }
}

function reasonOf(error: BakeError): string {
  if (error.code === 'AWS_DENIED') return 'no permission to read it';
  return error.message.split('\n')[0] ?? '';
}

export function valueOrUndefined<T>(answer: ReadResult<T>): T | undefined {
  return 'value' in answer ? (answer.value ?? undefined) : undefined;
}
