/** Owns CA files: what is in them, and why one must not go into an image. Trap 14: parse, check, split. */
import { X509Certificate } from 'node:crypto';
import { BakeError } from '../../errors/bake-error.ts';
import { readBlocks, type Block } from './blocks.ts';
import { rootless, withoutTwins } from './chain.ts';
import { readCertificateFacts } from './der.ts';
import { judge, subjectOf, type Found } from './judge.ts';
import type { Certificate } from '../inputs.ts';
import { slug } from '../script.ts';

export interface CertificateFile {
  /** As the user sees it. */
  path: string;
  bytes: Buffer;
}

export interface CheckedCertificates {
  /** Those without a finding of their own, each once. */
  certificates: Certificate[];
  /** All findings of all files at once, each with its file and line. */
  errors: BakeError[];
}

/**
 * Reads PEM bundles and DER files and checks each certificate for use as a trust anchor, alone and with the others.
 * Source of the rules: facts/hardening.md 3.2 "Validation checklist".
 * @param now decides what has expired
 * @param lifeDays days that nodes are started from the image: a CA must live as long
 * @param publicRoots PEM certificates that an intermediate may end in, too
 */
export function checkCertificates(
  files: readonly CertificateFile[],
  now: Date,
  lifeDays = 0,
  publicRoots: readonly string[] = [],
): CheckedCertificates {
  const read = files.map(readFile);
  const { once, errors: twins } = withoutTwins(read.flatMap(({ found }) => found));
  const judged = once.map((one) => ({ one, errors: judge(one, now, lifeDays) }));
  // What is refused already needs no root; as a root it still counts, or its children would be blamed for it.
  const rest = judged.filter(({ errors }) => errors.length === 0).map(({ one }) => one);
  const lone = rootless(rest, once, publicRoots);
  return {
    certificates: rest.filter(({ x509 }) => !lone.has(x509)).map(({ x509 }) => describe(x509)),
    errors: [
      ...read.flatMap(({ errors }) => errors),
      ...judged.flatMap(({ errors }) => errors),
      ...lone.values(),
      ...twins,
    ],
  };
}

/** The same for one file alone. */
export function parseCertificates(path: string, bytes: Buffer, now: Date, lifeDays = 0): CheckedCertificates {
  return checkCertificates([{ path, bytes }], now, lifeDays);
}

function readFile({ path, bytes }: CertificateFile): { found: Found[]; errors: BakeError[] } {
  const found: Found[] = [];
  const errors: BakeError[] = [];
  const blocks = readBlocks(bytes);
  if (blocks.length === 0) errors.push(new BakeError('CA_EMPTY', { path }, { place: { file: path } }));
  for (const block of blocks) {
    const one = readBlock(path, block);
    if (one instanceof BakeError) errors.push(one);
    else found.push(one);
  }
  return { found, errors };
}

/** Forms that hold certificates and are none, with what takes those out. */
const STORES: Readonly<Record<string, { form: string; command: string }>> = {
  PKCS7: { form: 'PKCS#7 bundle', command: 'openssl pkcs7 -print_certs -in FILE -out FILE.pem' },
  'PKCS7 DER': {
    form: 'PKCS#7 bundle',
    command: 'openssl pkcs7 -inform DER -print_certs -in FILE -out FILE.pem',
  },
  PKCS12: {
    form: 'PKCS#12 store',
    command: 'openssl pkcs12 -nokeys -cacerts -in FILE -out FILE.pem',
  },
  JKS: {
    form: 'Java key store',
    command: 'keytool -exportcert -rfc -alias NAME -keystore FILE -file FILE.pem',
  },
};

function readBlock(path: string, block: Block): Found | BakeError {
  const place = { file: path, line: block.line };
  if (block.label.endsWith('PRIVATE KEY')) return new BakeError('CA_PRIVATE_KEY', { path }, { place });
  if (block.label.endsWith('CERTIFICATE REQUEST')) return new BakeError('CA_REQUEST', { path }, { place });
  const store = STORES[block.label];
  if (store) return new BakeError('CA_STORE', { path, ...store }, { place });
  const read = readCertificate(block);
  if (typeof read === 'string') return new BakeError('CA_UNPARSABLE', { path, reason: read }, { place });
  return { path, place, ...read };
}

/** The certificate, or why it cannot be read. */
function readCertificate({ label, der }: Block): Pick<Found, 'x509' | 'facts'> | string {
  if (label === 'TRUSTED CERTIFICATE') {
    return "it is in OpenSSL's own TRUSTED form; openssl x509 -in FILE makes a plain one";
  }
  if (label !== 'CERTIFICATE' && label !== 'X509 CERTIFICATE') return `a block of ${label} is none`;
  if (der.length === 0) return 'the block is empty or has no END line';
  try {
    const x509 = new X509Certificate(der);
    return { x509, facts: readCertificateFacts(x509.raw) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Its name has its fingerprint: it cannot meet another file among the anchors, nor its own successor. */
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
