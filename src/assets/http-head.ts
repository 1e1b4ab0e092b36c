/**
 * Parses the head of an HTTP/1.1 response: status, headers and the framing of the body, by RFC 9112 without its
 * leniencies. A folded line, two lengths, or a length beside chunks are tricks of an attacker, and are refused. Pure.
 */

export interface ResponseHead {
  status: number;
  /** By lower-case name. Of a repeated name, the first value counts. */
  headers: Readonly<Record<string, string | undefined>>;
  body: BodyFraming;
  /** Whether the server will accept another request on the same connection. */
  keepAlive: boolean;
}

/** How a body ends (RFC 9112 section 6.3). */
export type BodyFraming = { by: 'length'; length: number } | { by: 'chunks' } | { by: 'close' };

/** The answer is not HTTP. The code distinguishes this error from those of the system. */
export class NotHttp extends Error {
  readonly code = 'NOT_HTTP';
}

/** Longer heads are refused; GitHub's have some 6 KiB. */
export const LONGEST_HEAD = 32 * 1024;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible characters, space, tab, and bytes beyond ASCII. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers that decide where a body ends must not repeat. */
const ONCE = new Set(['content-length', 'transfer-encoding']);

/**
 * @param text the head up to the empty line, as latin1
 * @throws NotHttp
 */
export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const start = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(first);
  if (start === null) throw new NotHttp('the response does not begin with an HTTP/1.1 status line');
  const [, minor, digits] = start;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
    if (colon < 1 || !TOKEN.test(name) || !VALUE.test(value)) throw new NotHttp('a header is malformed');
    const key = name.toLowerCase();
    if (headers[key] === undefined) headers[key] = value.replace(/^[\t ]+|[\t ]+$/g, '');
    else if (ONCE.has(key)) throw new NotHttp(`it repeats ${key}`);
  }
  const status = Number(digits);
  const isOld = minor === '0';
  const closes = /(^|[,\s])close([,\s]|$)/i.test(headers['connection'] ?? '');
  return { status, headers, body: framingOf(status, headers, isOld), keepAlive: !isOld && !closes };
}

function framingOf(status: number, headers: Readonly<Record<string, string>>, isOld: boolean): BodyFraming {
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (coding !== undefined) {
    if (length !== undefined) throw new NotHttp('it has a length and a transfer coding');
    // bake requests no other coding, and HTTP/1.0 has none.
    if (coding.toLowerCase() !== 'chunked' || isOld) throw new NotHttp('its transfer coding is not chunked');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new NotHttp('its length is not a number');
  if (status < 200 || status === 204 || status === 304) return { by: 'length', length: 0 };
  if (coding !== undefined) return { by: 'chunks' };
  return length === undefined ? { by: 'close' } : { by: 'length', length: Number(length) };
}
