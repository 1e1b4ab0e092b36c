/** Explains a failed request: which of network, firewall, proxy and server is at fault, and so who can fix it. */
import type { Connection } from './connection.ts';
import type { ResponseHead } from './http-head.ts';
import { assetError, AssetError } from './asset-error.ts';

/** OpenSSL's verify results for a certificate that no known CA signed. */
const UNKNOWN_CA = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** Turns a connection's error into the error code that names its cause. */
export function connectionError(error: Error, url: URL, phase: Connection['phase']): AssetError {
  if (error instanceof AssetError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const host = url.host;
  const reason = error.message === '' ? code : error.message;
  if (UNKNOWN_CA.has(code)) return assetError('ASSET_TLS_CA', { host, reason: `${reason} (${code})` });
  // hpagent's message for a CONNECT that the proxy answered with another status than 200.
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
  /** The first URL requested; `url` is where redirects led. */
  requestedUrl: string;
  url: URL;
  head: ResponseHead;
  /** The beginning of the body. */
  text: string;
  /** Whether a token was available. */
  token: boolean;
}

/** Whether a response is what was requested: a web page in place of a file comes from a proxy. */
export function isExpected({ status, headers }: ResponseHead, requestedUrl: string): boolean {
  if (status === 206 || status === 304 || status === 416) return true;
  return status === 200 && (!isPage(headers) || /\.x?html?$/i.test(new URL(requestedUrl).pathname));
}

/** Explains a response that isExpected() rejects. */
export function responseError({ name, requestedUrl, url, head, text, token }: RejectedResponse): AssetError {
  const { status, headers } = head;
  const limit = rateLimit(head);
  if (limit !== undefined) return assetError('ASSET_RATE_LIMIT', { host: url.host, reset: limit, token });
  const page = isPage(headers);
  const found = page ? titleOf(text) : wordsOf(text);
  if (status === 200 || (page && ![401, 404, 410].includes(status) && status < 500)) {
    return assetError('ASSET_PROXY_PAGE', { url: requestedUrl, status, page: found });
  }
  if (status >= 500 || status === 408) {
    return assetError('ASSET_SERVER', { url: requestedUrl, status, found }, true);
  }
  // An expired signed address answers 403; a new request to the first host yields a new address.
  const expired = url.href !== new URL(requestedUrl).href;
  return assetError('ASSET_NOT_FOUND', { name, url: requestedUrl, status, found }, expired);
}

function isPage(headers: ResponseHead['headers']): boolean {
  return (headers['content-type'] ?? '').startsWith('text/html');
}

/**
 * When the server accepts requests again, by GitHub's headers (docs.github.com "Rate limits for the REST API": 403 or
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

/** Returns the title of a page, or its first words. */
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
