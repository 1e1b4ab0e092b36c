/** Owns questions that may go unanswered: what cannot be read is "not checked", never an error. */
import { BakeError } from '../errors/bake-error.ts';
import { isAws } from './errors.ts';

/** What was asked for; null: it does not exist; `unknown`: why it could not be read. */
export type Answer<T> = { value: T | null } | { unknown: string };

/** Longest wait for one answer, in milliseconds: in a closed network IAM may have no address at all. */
const PATIENCE_MS = 15_000;
const WITHOUT_HOPE: ReadonlySet<string> = new Set(['AWS_CREDENTIALS', 'AWS_EXPIRED']);

/**
 * The answer of one read. Credentials that are missing or over are thrown, since nothing else would work either.
 * @param missing names of the AWS errors that say "there is no such thing"
 * @throws BakeError AWS_CREDENTIALS, AWS_EXPIRED
 */
export async function ask<T>(
  what: string,
  missing: readonly string[],
  read: (signal: AbortSignal) => Promise<T>,
): Promise<Answer<T>> {
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
  if (error.code === 'AWS_DENIED') return 'not allowed to look';
  return error.message.split('\n')[0] ?? '';
}

export function known<T>(answer: Answer<T>): T | undefined {
  return 'value' in answer ? (answer.value ?? undefined) : undefined;
}
