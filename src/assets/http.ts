/**
 * Sends a GET and follows redirects under the rules of a closed network: to known hosts only, with credentials for the
 * first host only, and with a limit on stalls.
 */
import type { Sink } from './connection.ts';
import type { Connections } from './connections.ts';
import type { ResponseHead } from './http-head.ts';
import { connectionError, isExpected, responseError } from './http-errors.ts';
import { mayCarryToken } from '../github/addresses.ts';
import { assetError, AssetError } from './asset-error.ts';

export interface HttpClient {
  connections: Connections;
  mayRedirect(from: URL, to: URL): boolean;
  token?: string | undefined;
  /** A connection or response that takes longer stalls; so does a body with fewer than MIN_BYTES in that time. */
  stallSeconds: number;
}

export interface GetRequest {
  name: string;
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the first host receives the token. */
  authorized?: boolean | undefined;
  signal?: AbortSignal | undefined;
  /** Called when a 200, 206, 304 or 416 response begins. @returns the sink of its body; httpGet() rethrows what either throws */
  onAnswer: (answer: Pick<ResponseHead, 'status' | 'headers'>) => Sink;
}

const MAX_REDIRECTS = 5;
/** Fewer bytes than this within `stallSeconds` are a stall. */
const MIN_BYTES = 16 * 1024;
/** How much of an error page is read, and for how long. */
const PAGE = { bytes: 64 * 1024, ms: 5000 };

/**
 * Follows redirects and reads the response to its end.
 * @throws AssetError ASSET_…; what onAnswer and its sink throw
 */
export async function httpGet(client: HttpClient, request: GetRequest): Promise<void> {
  const first = new URL(request.url);
  let url = first;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers: Record<string, string> = { ...request.headers };
    // GitHub's storage refuses a request that is both signed and authorized; and no other host may see the token.
    if (
      request.authorized === true &&
      client.token !== undefined &&
      url.host === first.host &&
      mayCarryToken(url)
    )
      headers['authorization'] = `Bearer ${client.token}`;
    const location = await exchangeOnce(client, request, url, requestOf(url, headers));
    if (location === undefined) return;
    const to = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const safe = to?.protocol === 'https:' || (to?.protocol === 'http:' && url.protocol === 'http:');
    if (to === undefined || !safe || !client.mayRedirect(first, to)) {
      throw assetError('ASSET_REDIRECT', { url: request.url, to: to?.host ?? location.slice(0, 200) });
    }
    url = to;
  }
  throw assetError('ASSET_REDIRECT', { url: request.url, to: 'more than five hosts in turn' });
}

function requestOf(url: URL, headers: Readonly<Record<string, string>>): string {
  const all = { host: url.host, 'user-agent': 'ami-bakery', 'accept-encoding': 'identity', ...headers };
  const lines = Object.entries(all).map(([name, value]) => {
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error(`the header ${name} cannot be sent`);
    return `${name}: ${value}\r\n`;
  });
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Runs one exchange. @returns the address it redirects to; undefined: it was the final response */
async function exchangeOnce(
  client: HttpClient,
  request: GetRequest,
  url: URL,
  requestText: string,
): Promise<string | undefined> {
  const { stallSeconds: seconds, connections } = client;
  let { connection, reused } = connections.take(url);
  let received = 0;
  let sinceLastCheck = 0;
  let head: ResponseHead | undefined;
  // Set for a response other than the expected one: the beginning of its body explains why.
  let unexpected = false;
  const page: Buffer[] = [];
  let pageBytes = 0;
  let pageTimer: NodeJS.Timeout | undefined;
  // An error thrown by our own callbacks is not a network error.
  let thrown: { error: unknown } | undefined;

  const watch = setInterval(() => {
    if (head !== undefined && sinceLastCheck >= MIN_BYTES) sinceLastCheck = 0;
    else stop(assetError('ASSET_STALLED', { url: withoutQuery(url), seconds, bytes: sinceLastCheck }, true));
  }, seconds * 1000);
  const stop = (error: Error): void => connection.destroy(error);
  const abort = (): void => stop(new Error('stopped'));
  const pageSink: Sink = (piece) => {
    page.push(Buffer.from(piece));
    pageBytes += piece.length;
    if (pageBytes >= PAGE.bytes) throw new Error('enough of the page is read');
  };
  const guarded = <A, R>(work: (value: A) => R): ((value: A) => R) => {
    return (value) => {
      try {
        return work(value);
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
  };
  const onHead = (found: ResponseHead): Sink => {
    head = found;
    sinceLastCheck = 0;
    watch.refresh();
    unexpected = isRedirect(found) || !isExpected(found, request.url);
    if (!unexpected) return guarded(guarded(request.onAnswer)(found));
    pageTimer = setTimeout(stop, PAGE.ms, new Error('its page stalls'));
    return pageSink;
  };
  const onBytes = (count: number): void => {
    received += count;
    sinceLastCheck += count;
  };

  request.signal?.addEventListener('abort', abort);
  try {
    if (request.signal?.aborted) abort();
    for (;;) {
      try {
        await connection.exchange({ request: requestText, onHead, onBytes });
        break;
      } catch (error) {
        if (!reused || received > 0 || error instanceof AssetError || request.signal?.aborted) throw error;
        // The server closed the idle connection.
        connections.give(url, connection);
        ({ connection, reused } = connections.take(url));
      }
    }
  } catch (error) {
    if (thrown !== undefined) throw thrown.error;
    if (!unexpected) throw connectionError(error as Error, url, connection.phase);
  } finally {
    clearInterval(watch);
    clearTimeout(pageTimer);
    request.signal?.removeEventListener('abort', abort);
    connections.give(url, connection);
  }
  if (!unexpected || head === undefined) return undefined;
  if (isRedirect(head)) return head.headers['location'];
  const text = Buffer.concat(page).toString('utf8');
  const { name, url: requestedUrl } = request;
  throw responseError({ name, requestedUrl, url, head, text, token: client.token !== undefined });
}

function isRedirect({ status, headers }: ResponseHead): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined;
}

/** Drops the query: a signature in it is a secret while it is valid. */
export function withoutQuery(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
