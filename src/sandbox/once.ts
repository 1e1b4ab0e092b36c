/** Makes requests idempotent by client token: a repeated token and request get the first answer again. */
import { AwsError } from './wire/aws-error.ts';
import type { Call } from './call.ts';
import { sha256 } from '../util/sha256.ts';
import { getRow, rowKey, putRow } from './tables.ts';

/** How long a token is kept (EC2 and Image Builder API references: 24 hours). */
const MEMORY_MS = 24 * 3600_000;

/**
 * Runs `work` once per token and returns its first answer for every repeat.
 * @throws AwsError with the code `mismatch` if the token was used with a different request
 */
export function oncePerToken<T extends object>(
  call: Call,
  token: string | undefined,
  input: object,
  mismatch: string,
  work: () => T,
): T {
  if (token === undefined) return work();
  const key = rowKey(call.region, call.service, call.operation, token);
  const request = sha256(JSON.stringify(input));
  const known = getRow(call.state, 'token', key);
  if (known && call.now.getTime() - Date.parse(known.at) < MEMORY_MS) {
    if (known.request === request) return known.answer as T;
    throw new AwsError(mismatch, 'The client token was used before with different parameters.');
  }
  const answer = work();
  putRow(call.state, 'token', key, {
    request,
    answer: answer as Record<string, unknown>,
    at: call.now.toISOString(),
  });
  return answer;
}
