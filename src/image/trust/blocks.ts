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

const BEGIN = /^[ \t]*-----BEGIN ([A-Z0-9 ]{1,60})-----/;

/** Every block, in order; none if the file is neither PEM nor DER. Source of the format: RFC 7468. */
export function readBlocks(bytes: Buffer): CaFileBlock[] {
  const blocks: CaFileBlock[] = [];
  const lines = decode(bytes).split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const label = BEGIN.exec(lines[at] ?? '')?.[1];
    if (label === undefined) continue;
    const line = at + 1;
    const body: string[] = [];
    while (++at < lines.length && !/^[ \t]*-----/.test(lines[at] ?? '')) body.push(lines[at] ?? '');
    const ended = new RegExp(`^[ \\t]*-----END ${label}-----`).test(lines[at] ?? '');
    // The line that cut this block off may be the BEGIN line of the next block.
    if (!ended) at--;
    blocks.push({ label, line, der: ended ? Buffer.from(body.join(''), 'base64') : Buffer.alloc(0) });
  }
  if (blocks.length > 0) return blocks;
  const store = storeOf(bytes);
  if (store !== undefined) return [{ label: store, der: bytes, line: undefined }];
  // DER: a SEQUENCE with a length of two bytes, like every certificate.
  if (bytes[0] !== 0x30 || bytes[1] !== 0x82) return [];
  return [{ label: isPrivateKey(bytes) ? 'PRIVATE KEY' : 'CERTIFICATE', der: bytes, line: undefined }];
}

/** Content type signedData (RFC 5652, 5.1). */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
/** A PFX begins with its version, 3, and a sequence (RFC 7292, 4). */
const PFX_VERSION = Buffer.from('02010330', 'hex');
/** The first bytes of a Java key store: JKS and JCEKS. */
const JAVA_STORES = new Set([0xfeedfeed, 0xcececece]);

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
