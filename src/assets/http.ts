/**
 * Owns one GET as a firewall lets it through: redirects to known hosts only, credentials for the first host only, a
 * limit on standing still, and what went wrong told apart for the people who can mend it.
 */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { trouble, Troubled } from './trouble.ts';

export interface Net {
  /** For https, through the proxy of the place. */
  agent: https.Agent;
  plainAgent: http.Agent;
  mayRedirect(from: URL, to: URL): boolean;
  token?: string | undefined;
  /** A connection or an answer that takes longer, or a body with fewer than LEAST bytes in that time, stands still. */
  stallSeconds: number;
}

export interface Wanted {
  name: string;
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the token goes to the first host. */
  authorized?: boolean | undefined;
}

export interface Answer {
  response: http.IncomingMessage;
  /** Where it came from in the end; signed addresses are in here: never shown. */
  url: URL;
}

const MOST_REDIRECTS = 5;
/** Fewer bytes than these in `stallSeconds` are a standstill. */
export const LEAST = 16 * 1024;
const PAGE_LOOK = 64 * 1024;

/**
 * Follows redirects to an answer of 200, 206, 304 or 416.
 * @throws Troubled ASSET_…
 */
export async function open(net: Net, wanted: Wanted): Promise<Answer> {
  const first = new URL(wanted.url);
  let url = first;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const headers: Record<string, string> = {
      'user-agent': 'ami-bakery',
      'accept-encoding': 'identity',
      ...wanted.headers,
    };
    // GitHub's storage refuses a request that is both signed and authorized; and a token is for nobody else.
    if (wanted.authorized === true && net.token !== undefined && url.host === first.host)
      headers['authorization'] = `Bearer ${net.token}`;
    const response = await ask(net, url, headers);
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      await judge(net, wanted, url, response);
      return { response, url };
    }
    response.resume();
    const to = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const safe = to !== undefined && (to.protocol === 'https:' || url.protocol === 'http:');
    if (!safe || !net.mayRedirect(first, to)) {
      throw trouble('ASSET_REDIRECT', { url: wanted.url, to: to?.host ?? location.slice(0, 200) });
    }
    url = to;
  }
  throw trouble('ASSET_REDIRECT', { url: wanted.url, to: 'one host after another' });
}

/** The answer to one request, whatever its status. @throws Troubled ASSET_… */
async function ask(net: Net, url: URL, headers: Record<string, string>): Promise<http.IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const options = { headers, agent: isTls ? net.agent : net.plainAgent };
  const request = isTls ? https.request(url, options) : http.request(url, options);
  let phase: 'connect' | 'handshake' | 'answer' = 'connect';
  request.on('socket', (socket: Socket & { encrypted?: boolean }) => {
    if (request.reusedSocket) {
      phase = 'answer';
      return;
    }
    const connected = (): void => void (phase = isTls ? 'handshake' : 'answer');
    if (socket.connecting) socket.once('connect', connected);
    else connected();
    if (isTls) socket.once('secureConnect', () => (phase = 'answer'));
  });
  const late = setTimeout(() => {
    const context = { url: shown(url), seconds: net.stallSeconds, bytes: 0 };
    request.destroy(trouble('ASSET_STALLED', context, true));
  }, net.stallSeconds * 1000);
  try {
    return await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject).end();
    });
  } catch (error) {
    throw explained(error as Error, url, phase);
  } finally {
    clearTimeout(late);
  }
}

/** OpenSSL's verify results that mean: signed by somebody who is not known here. */
const UNKNOWN_CA = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** A failed request in the words of whoever can mend it. */
export function explained(error: Error, url: URL, phase: 'connect' | 'handshake' | 'answer'): Troubled {
  if (error instanceof Troubled) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const host = url.host;
  const reason = error.message === '' ? code : error.message;
  if (UNKNOWN_CA.has(code)) return trouble('ASSET_TLS_CA', { host, reason: `${reason} (${code})` });
  // The words of hpagent for a CONNECT that was not answered with 200.
  const refused = /^Bad response: (\d+)/.exec(error.message)?.[1];
  if (refused !== undefined) {
    return trouble('ASSET_PROXY_REFUSED', { host, reason: `it answers CONNECT with ${refused}` });
  }
  const cut = code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED';
  if (cut && phase === 'handshake') return trouble('ASSET_TLS_RESET', { host, reason }, true);
  return trouble('ASSET_UNREACHABLE', { host, reason }, !/^(CERT_|ERR_TLS_|ENOTFOUND)/.test(code));
}

/** Lets 200, 206, 304 and 416 pass. */
async function judge(net: Net, wanted: Wanted, url: URL, response: http.IncomingMessage): Promise<void> {
  const status = response.statusCode ?? 0;
  const isPage = (response.headers['content-type'] ?? '').startsWith('text/html');
  const wantsPage = /\.x?html?$/i.test(new URL(wanted.url).pathname);
  if (status === 206 || status === 304 || status === 416) return;
  if (status === 200 && (!isPage || wantsPage)) return;
  const limit = rateLimit(response);
  if (limit !== undefined) {
    response.resume();
    throw trouble('ASSET_RATE_LIMIT', { host: url.host, reset: limit, token: net.token !== undefined });
  }
  const text = await beginning(response);
  const found = isPage ? titleOf(text) : wordsOf(text);
  if (status === 200 || (isPage && ![401, 404, 410].includes(status) && status < 500)) {
    throw trouble('ASSET_PROXY_PAGE', { url: wanted.url, status, page: found });
  }
  if (status >= 500 || status === 408) {
    throw trouble('ASSET_SERVER', { url: wanted.url, status, found }, true);
  }
  throw trouble(
    'ASSET_NOT_FOUND',
    { name: wanted.name, url: wanted.url, status, found },
    expired(url, wanted),
  );
}

/** A signed address that ran out answers 403: asked for anew at the first host, there is another. */
function expired(url: URL, wanted: Wanted): boolean {
  return url.host !== new URL(wanted.url).host || url.href !== new URL(wanted.url).href;
}

/**
 * When requests are taken again, as GitHub's headers say it (docs.github.com "Rate limits for the REST API": 403 or
 * 429, x-ratelimit-remaining 0 with x-ratelimit-reset in epoch seconds, or retry-after in seconds).
 */
export function rateLimit(response: http.IncomingMessage): string | undefined {
  const { statusCode, headers } = response;
  if (statusCode !== 403 && statusCode !== 429) return undefined;
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && headers['retry-after'] !== undefined) return `${after} seconds from now`;
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset) && reset < 8.64e12) {
    return new Date(reset * 1000).toISOString();
  }
  return statusCode === 429 ? 'some time later' : undefined;
}

async function beginning(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const late = setTimeout(() => response.destroy(), 5000);
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= PAGE_LOOK) break;
    }
  } catch {
    // What came is enough to say what it is.
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The title of a page, or its first words. */
export function titleOf(page: string): string {
  const title = /<title[^>]*>([^<]{1,500})/i.exec(page)?.[1];
  return wordsOf(title ?? page.replace(/<(script|style)\b[^]*?<\/\1\s*>/gi, ' ').replace(/<[^>]*>/g, ' '));
}

function wordsOf(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 160);
}

/** Without query: signatures are secrets for five minutes. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
