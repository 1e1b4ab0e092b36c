/** Reads the parts of a certificate that node:crypto does not expose: signature algorithm and key usage. */

interface Element {
  tag: number;
  /** Content without the header. */
  body: Uint8Array;
}

/** The fields of RFC 5280 that decide whether a certificate may be a CA. */
export interface CertificateFacts {
  /** Object identifier of the signature algorithm, dotted; for RSASSA-PSS, of its hash. */
  signature: string;
  /** Whether keyUsage includes keyCertSign; undefined if the extension is absent. */
  keyCertSign: boolean | undefined;
}

const SEQUENCE = 0x30;
const OID = 0x06;
const OCTETS = 0x04;
const BITS = 0x03;
const VERSION_FIELD = 0xa0;
const EXTENSIONS_FIELD = 0xa3;
const KEY_USAGE = '2.5.29.15';
const RSASSA_PSS = '1.2.840.113549.1.1.10';
/** RFC 4055: RSASSA-PSS without parameters means SHA-1. */
const SHA1 = '1.3.14.3.2.26';

/**
 * @param der a certificate that node:crypto could parse
 * @throws RangeError if the structure is not that of RFC 5280 section 4.1
 */
export function readCertificateFacts(der: Uint8Array): CertificateFacts {
  const [tbs, algorithm] = children(first(der, SEQUENCE));
  if (tbs?.tag !== SEQUENCE || algorithm?.tag !== SEQUENCE) throw new RangeError('it is not a certificate');
  return { signature: signatureOf(algorithm), keyCertSign: keyCertSignOf(tbs) };
}

/** The bytes of the certificate at the start of `der`. */
export function certificateLength(der: Uint8Array): number {
  return readElement(der, 0).end;
}

function signatureOf(algorithm: Element): string {
  const [oid, parameters] = children(algorithm);
  const name = oid?.tag === OID ? readOid(oid.body) : '';
  if (name !== RSASSA_PSS) return name;
  // parameters: SEQUENCE { [0] { SEQUENCE { hash OID … } } … }
  const hash = parameters && children(parameters).find(({ tag }) => tag === VERSION_FIELD);
  const hashOid = hash && children(first(hash.body, SEQUENCE))[0];
  return hashOid?.tag === OID ? readOid(hashOid.body) : SHA1;
}

function keyCertSignOf(tbs: Element): boolean | undefined {
  const field = children(tbs).find(({ tag }) => tag === EXTENSIONS_FIELD);
  if (!field) return undefined;
  for (const extension of children(first(field.body, SEQUENCE))) {
    const parts = children(extension);
    const value = parts.at(-1);
    if (parts[0]?.tag !== OID || readOid(parts[0].body) !== KEY_USAGE || value?.tag !== OCTETS) continue;
    // BIT STRING: the number of unused bits, then the bits from the left; keyCertSign is bit 5.
    return ((first(value.body, BITS).body[1] ?? 0) & 0x04) !== 0;
  }
  return undefined;
}

/** @throws RangeError if the bytes end early or start with another tag */
function first(bytes: Uint8Array, tag: number): Element {
  const element = readElement(bytes, 0);
  if (element.tag !== tag) throw new RangeError(`expected tag ${tag}, found ${element.tag}`);
  return element;
}

function children({ body }: Element): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < body.length;) {
    const element = readElement(body, at);
    found.push(element);
    at = element.end;
  }
  return found;
}

function readElement(bytes: Uint8Array, at: number): Element & { end: number } {
  const tag = bytes[at];
  let length = bytes[at + 1];
  if (tag === undefined || length === undefined) throw new RangeError('it ends early');
  let start = at + 2;
  if (length >= 0x80) {
    const count = length - 0x80;
    if (count === 0 || count > 4) throw new RangeError('a length is not valid DER');
    length = 0;
    for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte;
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError('it ends early');
  return { tag, body: bytes.subarray(start, end), end };
}

function readOid(body: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of body) {
    number = number * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [head = 0, ...rest] = numbers;
  const top = Math.min(2, Math.floor(head / 40));
  return [top, head - top * 40, ...rest].join('.');
}

/** The size of an elliptic curve key in bits, from its SubjectPublicKeyInfo (DER). */
export function curveBits(spki: Uint8Array): number {
  const point = children(first(spki, SEQUENCE)).find(({ tag }) => tag === BITS)?.body ?? new Uint8Array();
  // The first byte is the number of unused bits, the second is the point's form: 4 is x and y, 2 and 3 are x only.
  const coordinates = point.length - 2;
  return (point[1] === 4 ? coordinates / 2 : coordinates) * 8;
}
