/** Converts an error of the SDK to a row of the error table, with the name and the reason that AWS gave. */
import { BakeError } from '../errors/bake-error.ts';
import { isShortage } from '../errors/system.ts';

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number; attempts?: number };
  code?: string;
}

const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClientException|AuthFailure|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken)$/;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/;
const DENIED =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|ForbiddenException|OptInRequired)$/;
const QUOTA =
  /(LimitExceeded|QuotaExceeded|SlowDown|Throttl|TooManyRequests|RequestLimitExceeded|CallRateLimitExceeded|TooManyUpdates)/;

const THROTTLED =
  /Throttl|TooManyRequests|RequestLimitExceeded|CallRateLimitExceeded|TooManyUpdates|SlowDown|BandwidthLimitExceeded/;
/** Errors of hpagent, which have no code: the proxy answered CONNECT with a refusal, or not at all. */
const PROXY = /^(?:Bad response: \d+|Proxy timeout)$/;

/** Whether `error`, as our clients throw it, is the AWS error with one of these names. */
export function isAws(error: unknown, ...names: string[]): boolean {
  const cause = error instanceof BakeError ? error.cause : error;
  return cause instanceof Error && names.includes(cause.name);
}

/** Whether the same request may succeed a moment later: after a throttle, a lost connection, or an error inside AWS. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof BakeError)) return false;
  const { cause } = error;
  const status = cause instanceof Error ? (cause as SdkError).$metadata?.httpStatusCode : undefined;
  return (
    error.code === 'AWS_UNREACHABLE' ||
    (cause instanceof Error && THROTTLED.test(cause.name)) ||
    (status !== undefined && (status >= 500 || status === 429 || status === 408))
  );
}

/**
 * The BakeError for an error that a client threw; a BakeError and an abort are returned as they are.
 * @param action `service:Operation`, which is almost always the IAM action
 */
export function awsError(error: unknown, action: string, region: string): Error {
  if (error instanceof BakeError) return error;
  const sdk = (error instanceof Error ? error : new Error(String(error))) as SdkError;
  if (sdk.name === 'AbortError') return sdk;
  const reason = sdk.message;
  const cause = { cause: sdk };
  if (isShortage(sdk)) return new BakeError('SYSTEM_REFUSED', { reason }, cause);
  if (EXPIRED.test(sdk.name)) return new BakeError('AWS_EXPIRED', { action, reason }, cause);
  if (CREDENTIALS.test(sdk.name)) return new BakeError('AWS_CREDENTIALS', { reason }, cause);
  if (DENIED.test(sdk.name)) return new BakeError('AWS_DENIED', { action, region, reason }, cause);
  if (QUOTA.test(sdk.name)) return new BakeError('AWS_QUOTA', { action, region, reason }, cause);
  // Errors of sockets and TLS have a code and no HTTP status.
  const unanswered =
    sdk.$metadata?.httpStatusCode === undefined && (sdk.code !== undefined || PROXY.test(reason));
  if (unanswered || sdk.name === 'TimeoutError') {
    const service = action.split(':')[0] as string;
    return new BakeError(
      'AWS_UNREACHABLE',
      { service, region, reason: reason || sdk.code || sdk.name },
      cause,
    );
  }
  return new BakeError('AWS_REFUSED', { action, region, name: sdk.name, reason }, cause);
}
