/** Owns what went wrong with a request, told apart for the people who can mend it. */
import type { Connection } from './connection.ts';
import type { ResponseHead } from './http-head.ts';
import { assetError, AssetError } from './asset-error.ts';

/** OpenSSL's verify results that mean: signed by somebody who is not known here. */
const UNKNOWN_CA = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** A connection that failed, in the words of whoever can mend it. */
export function connectionError(error: Error, url: URL, phase: Connection['phase']): AssetError {
  if (error instanceof AssetError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const host = url.host;
  const reason = error.message === '' ? code : error.message;
  if (UNKNOWN_CA.has(code)) return assetError('ASSET_TLS_CA', { host, reason: `${reason} (${code})` });
  // The words of hpagent for a CONNECT that was not answered with 200.
  const refused = /^Bad response: (\d+)/.exec(error.message)?.[1];
  if (refused !== undefined) {
    return assetError('ASSET_PROXY_REFUSED', { host, reason: `it answers CONNECT with ${refused}` });
  }
  const cut = code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED';
  if (cut && phase === 'handshake') return assetError('ASSET_TLS_RESET', { host, reason }, true);
  return assetError('ASSET_UNREACHABLE', { host, reason }, !/^(CERT_|ERR_TLS_|ENOTFOUND)/.test(code));
}

export interface RejectedResponse {
  name: string;
  /** What was asked for first, and where that led. */
  asked: string;
  url: URL;
  head: ResponseHead;
  /** The beginning of the body. */
  text: string;
  /** Whether a token is there to ask with. */
  token: boolean;
}

/** Whether an answer is what was asked for: a web page in place of a file is a proxy's. */
export function isExpected({ status, headers }: ResponseHead, asked: string): boolean {
  if (status === 206 || status === 304 || status === 416) return true;
  return status === 200 && (!isPage(headers) || /\.x?html?$/i.test(new URL(asked).pathname));
}

/** Why another answer is none. */
export function responseError({ name, asked, url, head, text, token }: RejectedResponse): AssetError {
  const { status, headers } = head;
  const limit = rateLimit(head);
  if (limit !== undefined) return assetError('ASSET_RATE_LIMIT', { host: url.host, reset: limit, token });
  const page = isPage(headers);
  const found = page ? titleOf(text) : wordsOf(text);
  if (status === 200 || (page && ![401, 404, 410].includes(status) && status < 500)) {
    return assetError('ASSET_PROXY_PAGE', { url: asked, status, page: found });
  }
  if (status >= 500 || status === 408) {
    return assetError('ASSET_SERVER', { url: asked, status, found }, true);
  }
  // A signed address that ran out answers 403: asked for anew at the first host, there is another.
  const ranOut = url.href !== new URL(asked).href;
  return assetError('ASSET_NOT_FOUND', { name, url: asked, status, found }, ranOut);
}

function isPage(headers: ResponseHead['headers']): boolean {
  return (headers['content-type'] ?? '').startsWith('text/html');
}

/**
 * When requests are taken again, as GitHub's headers say it (docs.github.com "Rate limits for the REST API": 403 or
 * 429, x-ratelimit-remaining 0 with x-ratelimit-reset in epoch seconds, or retry-after in seconds).
 */
function rateLimit({ status, headers }: ResponseHead): string | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && headers['retry-after'] !== undefined) return `${after} seconds from now`;
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset) && reset < 8.64e12) {
    return new Date(reset * 1000).toISOString();
  }
  return status === 429 ? 'some time later' : undefined;
}

/** The title of a page, or its first words. */
function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]{1,500})/i.exec(page)?.[1];
  return wordsOf(title ?? page.replace(/<(script|style)\b[^]*?<\/\1\s*>/gi, ' ').replace(/<[^>]*>/g, ' '));
}

function wordsOf(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 160);
}
