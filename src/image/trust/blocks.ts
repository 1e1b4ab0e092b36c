/** Splits a CA file into PEM blocks with their line numbers, or one DER object. It checks nothing. */
import { createPrivateKey } from 'node:crypto';

export interface CaFileBlock {
  /** The word after BEGIN: `CERTIFICATE`, `PRIVATE KEY`; for a binary store `PKCS12`, `PKCS7 DER` or `JKS`. */
  label: string;
  /** Empty if the block has no END line. */
  der: Buffer;
  /** 1-based; undefined in a DER file. */
  line: number | undefined;
}

/** Text outside of the blocks that may be a certificate, so that it must not be skipped. */
export interface StrayText {
  /** 1-based. */
  line: number;
  reason: string;
}

const NOT_TEXT = 'bytes that are not text';
const BEGIN = /^[ \t]*-----BEGIN ([A-Z0-9 ]{1,60})-----$/;
/** Around BEGIN and END markers: `cat a.pem b.pem` puts two on one line if a.pem has no final newline. */
const BETWEEN_MARKERS = /(?<=[A-Za-z0-9+/=])(?=-----END )|(?<=-----(?:BEGIN|END) [A-Z0-9 ]{1,60}-----)/;

interface Piece {
  text: string;
  line: number;
}

/**
 * Every block, in order; none if the file is neither PEM nor DER. Source of the format: RFC 7468, which allows text
 * around the blocks; text that may be part of a certificate is returned as stray.
 */
export function readBlocks(bytes: Buffer): { blocks: CaFileBlock[]; strays: StrayText[] } {
  const binary = binaryBlock(bytes);
  if (binary) return { blocks: [binary], strays: [] };
  const lines = decode(bytes).split(/\r\n|\n|\r/);
  const pieces = lines.flatMap((text, index) =>
    text.split(BETWEEN_MARKERS).map((piece) => ({ text: piece, line: index + 1 })),
  );
  const blocks: CaFileBlock[] = [];
  const outside: Piece[] = [];
  for (let at = 0; at < pieces.length; at++) {
    const { text, line } = pieces[at] as Piece;
    const label = BEGIN.exec(text)?.[1];
    if (label === undefined) {
      outside.push({ text, line });
      continue;
    }
    const body: string[] = [];
    while (++at < pieces.length && !/^[ \t]*-----/.test(pieces[at]?.text ?? ''))
      body.push(pieces[at]?.text ?? '');
    const ended = new RegExp(`^[ \\t]*-----END ${label}-----$`).test(pieces[at]?.text ?? '');
    // The line that cut this block off may be the BEGIN line of the next block.
    if (!ended) at--;
    blocks.push({ label, line, der: ended ? Buffer.from(body.join(''), 'base64') : Buffer.alloc(0) });
  }
  // A binary file without any block contains no certificate, which is another error.
  const strays = straysIn(outside).filter(({ reason }) => blocks.length > 0 || reason !== NOT_TEXT);
  return { blocks, strays };
}

/** The first line of each run of lines that may be a certificate. */
function straysIn(outside: readonly Piece[]): StrayText[] {
  const found = outside.flatMap(({ text, line }) => {
    const reason = strayReason(text);
    return reason === undefined ? [] : [{ line, reason }];
  });
  return found.filter(({ line }, index) => found[index - 1]?.line !== line - 1);
}

/** Comments, and the names and attributes that OpenSSL prints, are no part of a certificate. */
function strayReason(text: string): string | undefined {
  const line = text.trim();
  if (/^(?:#|;|\/\/)/.test(line)) return undefined;
  if (/\b(?:BEGIN|END)\b.{0,20}CERTIFICATE|^-----END /i.test(line)) {
    return 'a BEGIN or END marker that is not alone on its line, with five dashes on each side';
  }
  if (hasBase64(line)) return 'base64 outside of a BEGIN and an END marker';
  // A DER or UTF-16 file after a PEM file.
  return CONTROL.test(line) ? NOT_TEXT : undefined;
}

// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** The base64 of a certificate starts with MII, because it is a SEQUENCE with a length of two bytes. */
const START = /(?<![A-Za-z0-9+/_-])MI[IGHJ][A-Za-z0-9+/_-]{5,}/;

/** Whether a line has part of a certificate in base64 or base64url, or its start in groups. */
function hasBase64(line: string): boolean {
  const words = line.split(/\s+/);
  const [first = ''] = words;
  const isGroups =
    words.slice(1, -1).every(({ length }) => length === first.length) &&
    (words.at(-1) ?? '').length <= first.length;
  if (START.test(line) || (isGroups && START.test(words.join('')))) return true;
  const runs = line.match(/[A-Za-z0-9+/_-]{32,}/g) ?? [];
  // Fingerprints are hexadecimal, and lines under titles have one character only.
  return runs.some((run) => !/^(?:[0-9a-f]{32,128}|(.)\1*)$/i.test(run));
}

/** Content type signedData (RFC 5652, 5.1). */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
/** A PFX begins with its version, 3, and a sequence (RFC 7292, 4). */
const PFX_VERSION = Buffer.from('02010330', 'hex');
/** The first bytes of a Java key store: JKS and JCEKS. */
const JAVA_STORES = new Set([0xfeedfeed, 0xcececece]);

/** The whole file as one block, if it is a store or DER. */
function binaryBlock(bytes: Buffer): CaFileBlock | undefined {
  const store = storeOf(bytes);
  if (store !== undefined) return { label: store, der: bytes, line: undefined };
  // DER: a SEQUENCE with a length of two bytes, like every certificate.
  if (bytes[0] !== 0x30 || bytes[1] !== 0x82) return undefined;
  return { label: isPrivateKey(bytes) ? 'PRIVATE KEY' : 'CERTIFICATE', der: bytes, line: undefined };
}

/** The kind of a binary store that may contain certificates; undefined for any other file. */
function storeOf(bytes: Buffer): 'PKCS7 DER' | 'PKCS12' | 'JKS' | undefined {
  if (bytes.length < 16) return undefined;
  if (JAVA_STORES.has(bytes.readUInt32BE(0))) return 'JKS';
  if (bytes[0] !== 0x30) return undefined;
  // The length has one byte, or a first byte with the number of further bytes; 0x80 is the indefinite length.
  const length = bytes[1] ?? 0;
  const inside = bytes.subarray(length <= 0x80 ? 2 : 2 + (length & 0x7f));
  if (inside.subarray(0, SIGNED_DATA.length).equals(SIGNED_DATA)) return 'PKCS7 DER';
  return inside.subarray(0, PFX_VERSION.length).equals(PFX_VERSION) ? 'PKCS12' : undefined;
}

/** Windows programs may save PEM files as UTF-16. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le').slice(1);
  const text = bytes.toString('latin1');
  return text.startsWith('\u00ef\u00bb\u00bf') ? text.slice(3) : text;
}

function isPrivateKey(der: Buffer): boolean {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      createPrivateKey({ key: der, format: 'der', type });
      return true;
    } catch (error) {
      // An encrypted private key asks for its passphrase.
      if (error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE') return true;
    }
  }
  return false;
}
