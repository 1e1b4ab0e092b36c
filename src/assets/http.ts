/**
 * Owns one GET as a firewall lets it through: redirects to known hosts only, credentials for the first host only, and a
 * limit on standing still.
 */
import type { Sink } from './connection.ts';
import type { Connections } from './connections.ts';
import type { ResponseHead } from './http-head.ts';
import { connectionError, isExpected, responseError } from './http-errors.ts';
import { assetError, AssetError } from './asset-error.ts';

export interface HttpClient {
  connections: Connections;
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
  signal?: AbortSignal | undefined;
  /** An answer of 200, 206, 304 or 416 has begun. @returns where its body goes; what either throws, get() throws */
  onAnswer: (answer: Pick<ResponseHead, 'status' | 'headers'>) => Sink;
}

const MOST_REDIRECTS = 5;
/** Fewer bytes than these in `stallSeconds` are a standstill. */
const LEAST = 16 * 1024;
/** How much of a page is looked at, and for how long. */
const PAGE = { bytes: 64 * 1024, ms: 5000 };

/**
 * Follows redirects and reads the answer to its end.
 * @throws AssetError ASSET_…; what onAnswer and its sink throw
 */
export async function get(net: HttpClient, wanted: Wanted): Promise<void> {
  const first = new URL(wanted.url);
  let url = first;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const headers: Record<string, string> = { ...wanted.headers };
    // GitHub's storage refuses a request that is both signed and authorized; and a token is for nobody else.
    if (wanted.authorized === true && net.token !== undefined && url.host === first.host)
      headers['authorization'] = `Bearer ${net.token}`;
    const location = await ask(net, wanted, url, requestOf(url, headers));
    if (location === undefined) return;
    const to = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const safe = to?.protocol === 'https:' || (to?.protocol === 'http:' && url.protocol === 'http:');
    if (to === undefined || !safe || !net.mayRedirect(first, to)) {
      throw assetError('ASSET_REDIRECT', { url: wanted.url, to: to?.host ?? location.slice(0, 200) });
    }
    url = to;
  }
  throw assetError('ASSET_REDIRECT', { url: wanted.url, to: 'one host after another' });
}

function requestOf(url: URL, headers: Readonly<Record<string, string>>): string {
  const all = { host: url.host, 'user-agent': 'ami-bakery', 'accept-encoding': 'identity', ...headers };
  const lines = Object.entries(all).map(([name, value]) => {
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error(`the header ${name} cannot be sent`);
    return `${name}: ${value}\r\n`;
  });
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** One exchange. @returns where the answer redirects to; undefined: it was the one that was wanted */
async function ask(net: HttpClient, wanted: Wanted, url: URL, request: string): Promise<string | undefined> {
  const { stallSeconds: seconds, connections } = net;
  let { connection, reused } = connections.take(url);
  let came = 0;
  let since = 0;
  let head: ResponseHead | undefined;
  // An answer that is none: its beginning says why.
  let refused = false;
  const page: Buffer[] = [];
  let pageBytes = 0;
  let late: NodeJS.Timeout | undefined;
  // What our own side throws is no word on the network.
  let thrown: { error: unknown } | undefined;

  const watch = setInterval(() => {
    if (head !== undefined && since >= LEAST) since = 0;
    else stop(assetError('ASSET_STALLED', { url: withoutQuery(url), seconds, bytes: since }, true));
  }, seconds * 1000);
  const stop = (error: Error): void => connection.destroy(error);
  const abort = (): void => stop(new Error('stopped'));
  const looked: Sink = (piece) => {
    page.push(Buffer.from(piece));
    pageBytes += piece.length;
    if (pageBytes >= PAGE.bytes) throw new Error('it is enough to say what it is');
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
    since = 0;
    watch.refresh();
    refused = isRedirect(found) || !isExpected(found, wanted.url);
    if (!refused) return guarded(guarded(wanted.onAnswer)(found));
    late = setTimeout(stop, PAGE.ms, new Error('its page stands still'));
    return looked;
  };
  const onBytes = (count: number): void => {
    came += count;
    since += count;
  };

  wanted.signal?.addEventListener('abort', abort);
  try {
    if (wanted.signal?.aborted) abort();
    for (;;) {
      try {
        await connection.exchange({ request, onHead, onBytes });
        break;
      } catch (error) {
        if (!reused || came > 0 || error instanceof AssetError || wanted.signal?.aborted) throw error;
        // The server has given it up while it was not in use.
        connections.give(url, connection);
        ({ connection, reused } = connections.take(url));
      }
    }
  } catch (error) {
    if (thrown !== undefined) throw thrown.error;
    if (!refused) throw connectionError(error as Error, url, connection.phase);
  } finally {
    clearInterval(watch);
    clearTimeout(late);
    wanted.signal?.removeEventListener('abort', abort);
    connections.give(url, connection);
  }
  if (!refused || head === undefined) return undefined;
  if (isRedirect(head)) return head.headers['location'];
  const text = Buffer.concat(page).toString('utf8');
  const { name, url: asked } = wanted;
  throw responseError({ name, asked, url, head, text, token: net.token !== undefined });
}

function isRedirect({ status, headers }: ResponseHead): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined;
}

/** Without query: signatures are secrets for five minutes. */
export function withoutQuery(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
