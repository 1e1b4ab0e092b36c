/** Owns CA files: what is in them, and why one must not go into an image. Trap 14: parse, check, split. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { BakeError } from '../errors/bake-error.ts';
import { curveBits, readCertificateFacts } from './der.ts';
import type { Certificate } from './inputs.ts';
import { slug } from './script.ts';

/** Signature and hash algorithms that are no longer safe, by OID. Sources: RFC 3279, RFC 4055, RFC 5758, OIW. */
const WEAK_SIGNATURES: Record<string, string> = {
  '1.2.840.113549.1.1.2': 'MD2',
  '1.2.840.113549.1.1.3': 'MD4',
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.3.14.3.2.26': 'SHA-1',
  '1.3.14.3.2.29': 'SHA-1',
  '1.3.14.3.2.3': 'MD5',
  '1.2.840.10040.4.3': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
};
const LEAST_RSA_BITS = 2048;
const LEAST_EC_BITS = 256;

interface Block {
  label: string;
  der: Buffer;
  /** 1-based; undefined in a DER file. */
  line: number | undefined;
}

/**
 * Reads a PEM bundle or a DER file and checks each certificate for use as a trust anchor. All findings at once;
 * certificates without a finding are returned all the same, duplicates once.
 * Source of the rules: facts/hardening.md 3.2 "Validation checklist", RFC 5280 4.2.1.3 and 4.2.1.9.
 * @param now decides what has expired
 */
export function parseCertificates(
  path: string,
  bytes: Buffer,
  now: Date,
): { certificates: Certificate[]; errors: BakeError[] } {
  const errors: BakeError[] = [];
  const found = new Map<string, Certificate>();
  const blocks = readBlocks(bytes);
  for (const block of blocks) {
    const place = { place: { file: path, line: block.line } };
    if (block.label.endsWith('PRIVATE KEY')) {
      errors.push(new BakeError('CA_PRIVATE_KEY', { path }, place));
      continue;
    }
    const read = readCertificate(block);
    if ('reason' in read) {
      errors.push(new BakeError('CA_UNPARSABLE', { path, reason: read.reason }, place));
      continue;
    }
    const findings = findingsOf(path, read, now, place);
    errors.push(...findings);
    if (findings.length > 0) continue;
    const certificate = describe(read.x509);
    found.set(certificate.fingerprint256, certificate);
  }
  if (blocks.length === 0) errors.push(new BakeError('CA_EMPTY', { path }, { place: { file: path } }));
  return { certificates: [...found.values()], errors };
}

// ── blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Labels that hold, or claim to hold, something we have to judge; others (parameters, requests) are no certificates. */
const LABELS = /^(X509 |TRUSTED )?CERTIFICATE$|PRIVATE KEY$/;
const BEGIN = /^[ \t]*-----BEGIN ([A-Z0-9 ]{1,60})-----/;

function readBlocks(bytes: Buffer): Block[] {
  const text = decode(bytes);
  const blocks: Block[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const label = BEGIN.exec(lines[at] ?? '')?.[1];
    if (label === undefined || !LABELS.test(label)) continue;
    const line = at + 1;
    const body: string[] = [];
    while (++at < lines.length && !/^[ \t]*-----/.test(lines[at] ?? '')) body.push(lines[at] ?? '');
    const ended = new RegExp(`^[ \\t]*-----END ${label}-----`).test(lines[at] ?? '');
    // A block that the next one cuts off is looked at as that next one, too.
    if (!ended) at--;
    blocks.push({ label, line, der: ended ? Buffer.from(body.join(''), 'base64') : Buffer.alloc(0) });
  }
  if (blocks.length > 0) return blocks;
  // DER: a SEQUENCE with a length of two bytes, as every certificate is.
  if (bytes[0] !== 0x30 || bytes[1] !== 0x82) return [];
  return [{ label: isPrivateKey(bytes) ? 'PRIVATE KEY' : 'CERTIFICATE', der: bytes, line: undefined }];
}

/** Windows saves PEM files as UTF-16, too. */
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
      // An encrypted one is known by what it asks for.
      if (error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE') return true;
    }
  }
  return false;
}

// ── one certificate ───────────────────────────────────────────────────────────────────────────────────────────────

interface Read {
  x509: X509Certificate;
  facts: ReturnType<typeof readCertificateFacts>;
}

function readCertificate({ label, der }: Block): Read | { reason: string } {
  if (label.startsWith('TRUSTED')) {
    return { reason: "it is in OpenSSL's own TRUSTED form; openssl x509 -in FILE makes a plain one" };
  }
  if (der.length === 0) return { reason: 'the block is empty or has no END line' };
  try {
    const x509 = new X509Certificate(der);
    return { x509, facts: readCertificateFacts(x509.raw) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function findingsOf(path: string, { x509, facts }: Read, now: Date, place: { place: object }): BakeError[] {
  const subject = subjectOf(x509);
  const errors: BakeError[] = [];
  if (!x509.ca || facts.keyCertSign === false)
    errors.push(new BakeError('CA_LEAF', { path, subject }, place));
  const [from, to] = [new Date(x509.validFrom), new Date(x509.validTo)];
  // Dates that cannot be read are no dates to rely on.
  if (!(now <= to)) errors.push(new BakeError('CA_EXPIRED', { path, subject, on: day(to) }, place));
  if (!(now >= from)) errors.push(new BakeError('CA_NOT_YET', { path, subject, on: day(from) }, place));
  const weak = weaknessOf(x509, facts.signature);
  if (weak !== undefined) errors.push(new BakeError('CA_WEAK', { path, subject, reason: weak }, place));
  return errors;
}

function weaknessOf(x509: X509Certificate, signature: string): string | undefined {
  const reasons: string[] = [];
  const hash = WEAK_SIGNATURES[signature];
  if (hash !== undefined) reasons.push(`it is signed with ${hash}`);
  const key = keyOf(x509);
  if (key !== undefined) reasons.push(key);
  return reasons.length === 0 ? undefined : reasons.join(', ');
}

function keyOf(x509: X509Certificate): string | undefined {
  try {
    const { publicKey } = x509;
    const type = publicKey.asymmetricKeyType ?? 'unknown';
    if (type === 'rsa' || type === 'rsa-pss') {
      const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
      return bits < LEAST_RSA_BITS ? `its RSA key has ${bits} bits` : undefined;
    }
    if (type === 'ec') {
      const bits = curveBits(publicKey.export({ type: 'spki', format: 'der' }));
      return bits < LEAST_EC_BITS ? `its elliptic curve key has ${bits} bits` : undefined;
    }
    return type === 'ed25519' || type === 'ed448' ? undefined : `its key is of type ${type}`;
  } catch (error) {
    return `its key cannot be read (${error instanceof Error ? error.message : String(error)})`;
  }
}

function describe(x509: X509Certificate): Certificate {
  const subject = subjectOf(x509);
  const fingerprint256 = x509.fingerprint256.replaceAll(':', '').toLowerCase();
  const common = /(?:^|, )(?:CN|O)=([^,]+)/.exec(subject)?.[1] ?? 'ca';
  const body = x509.raw.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    name: `bakery-${slug(common, 40).toLowerCase()}-${fingerprint256.slice(0, 12)}`,
    pem: ['-----BEGIN CERTIFICATE-----', ...body, '-----END CERTIFICATE-----', ''].join('\n'),
    subject,
    fingerprint256,
  };
}

/** `CN=Corp Root, O=Corp`; one line. */
function subjectOf(x509: X509Certificate): string {
  return (x509.subject || 'a certificate without a subject').split('\n').reverse().join(', ');
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}
