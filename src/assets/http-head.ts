/**
 * Owns the head of an HTTP/1.1 answer: text in, status, headers and the bounds of the body out, by RFC 9112 without its
 * leniencies (a folded line, two lengths, a length beside chunks: each is somebody's trick, and refused). Pure.
 */

export interface ResponseHead {
  status: number;
  /** By lower-case name. A name that comes again counts once, the first time. */
  headers: Readonly<Record<string, string | undefined>>;
  body: BodyFraming;
  /** Whether the server will take another request on the same connection. */
  keepAlive: boolean;
}

/** How a body ends (RFC 9112 section 6.3). */
export type BodyFraming = { by: 'length'; length: number } | { by: 'chunks' } | { by: 'close' };

/** What comes is no HTTP; its code keeps it apart from what the system says of a connection. */
export class NotHttp extends Error {
  readonly code = 'NOT_HTTP';
}

/** More than that is no head: GitHub's have some 6 KiB. */
export const LONGEST_HEAD = 32 * 1024;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible, space, tab, and what is beyond ASCII. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What tells where a body ends may be said once. */
const ONCE = new Set(['content-length', 'transfer-encoding']);

/**
 * @param text from the first byte to before the empty line, as latin1
 * @throws NotHttp
 */
export function parseHead(text: string): ResponseHead {
  const [first = '', ...lines] = text.split('\r\n');
  const start = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(first);
  if (start === null) throw new NotHttp('the answer does not begin as one of HTTP/1.1');
  const [, minor, digits] = start;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
    if (colon < 1 || !TOKEN.test(name) || !VALUE.test(value)) throw new NotHttp('a header of it is broken');
    const key = name.toLowerCase();
    if (headers[key] === undefined) headers[key] = value.replace(/^[\t ]+|[\t ]+$/g, '');
    else if (ONCE.has(key)) throw new NotHttp(`it has two of ${key}`);
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
    // Nothing else was asked for, and HTTP/1.0 has none.
    if (coding.toLowerCase() !== 'chunked' || isOld) throw new NotHttp('its transfer coding is not chunked');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new NotHttp('its length is no number');
  if (status < 200 || status === 204 || status === 304) return { by: 'length', length: 0 };
  if (coding !== undefined) return { by: 'chunks' };
  return length === undefined ? { by: 'close' } : { by: 'length', length: Number(length) };
}
