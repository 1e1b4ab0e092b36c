/**
 * Reads CA files and checks their certificates. update-ca-certificates copies keys and broken files without a check.
 */
import { X509Certificate } from 'node:crypto';
import { BakeError, type FilePlace } from '../../errors/bake-error.ts';
import { readBlocks, type CaFileBlock } from './blocks.ts';
import { checkRoots, withoutDuplicates } from './chain.ts';
import { certificateLength, readCertificateFacts } from './der.ts';
import {
  certificateErrors,
  hasOldRootSignature,
  subjectOf,
  type FoundCertificate,
} from './certificate-errors.ts';
import type { Certificate } from '../inputs.ts';
import { slug } from '../script.ts';

export interface CertificateFile {
  /** As the user wrote it. */
  path: string;
  bytes: Buffer;
}

export interface CheckedCertificates {
  /** The certificates without an error, each once. */
  certificates: Certificate[];
  /** All errors of all files at once, each with its file and line. */
  errors: BakeError[];
  /** What is accepted, but should change. */
  warnings: { text: string; place: FilePlace }[];
}

/**
 * Reads PEM bundles and DER files and checks each certificate for use as a trust anchor, alone and with the others.
 * certificate-errors.ts and chain.ts cite the sources of the rules.
 * @param now the time that decides which certificates have expired
 * @param lifeDays days for which nodes are started from the image: a CA must be valid as long
 * @param publicRoots PEM certificates that the chain of an intermediate may also end in
 */
export function checkCertificates(
  files: readonly CertificateFile[],
  now: Date,
  lifeDays = 0,
  publicRoots: readonly string[] = [],
): CheckedCertificates {
  const read = files.map(readFile);
  const { unique, errors: duplicates } = withoutDuplicates(read.flatMap(({ found }) => found));
  const checked = unique.map((one) => ({ one, errors: certificateErrors(one, now, lifeDays) }));
  // A refused certificate is not reported a second time, but it still counts as a root: otherwise the certificates that
  // it signed would be reported instead of it.
  const rest = checked.filter(({ errors }) => errors.length === 0).map(({ one }) => one);
  const withoutRoot = checkRoots(rest, unique, publicRoots);
  const old = rest.filter((one) => hasOldRootSignature(one));
  return {
    warnings: old.map(({ place, x509 }) => ({
      text: `${subjectOf(x509)} signed itself with SHA-1; clients accept it as a root, but ask your security team for its successor`,
      place,
    })),
    certificates: rest.filter(({ x509 }) => !withoutRoot.has(x509)).map(({ x509 }) => describe(x509)),
    errors: [
      ...read.flatMap(({ errors }) => errors),
      ...checked.flatMap(({ errors }) => errors),
      ...withoutRoot.values(),
      ...duplicates,
    ],
  };
}

/** The same for one file. */
export function parseCertificates(path: string, bytes: Buffer, now: Date, lifeDays = 0): CheckedCertificates {
  return checkCertificates([{ path, bytes }], now, lifeDays);
}

function readFile({ path, bytes }: CertificateFile): { found: FoundCertificate[]; errors: BakeError[] } {
  const found: FoundCertificate[] = [];
  const errors: BakeError[] = [];
  const { blocks, strays } = readBlocks(bytes);
  for (const { line, reason } of strays)
    errors.push(new BakeError('CA_STRAY', { path, reason }, { place: { file: path, line } }));
  if (blocks.length === 0 && strays.length === 0)
    errors.push(new BakeError('CA_EMPTY', { path }, { place: { file: path } }));
  for (const block of blocks) {
    const one = readBlock(path, block);
    if (one instanceof BakeError) errors.push(one);
    else found.push(one);
  }
  return { found, errors };
}

/** Formats that contain certificates but are not CA files, with the command that extracts the certificates. */
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

function readBlock(path: string, block: CaFileBlock): FoundCertificate | BakeError {
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
function readCertificate({ label, der }: CaFileBlock): Pick<FoundCertificate, 'x509' | 'facts'> | string {
  if (label === 'TRUSTED CERTIFICATE') {
    return "it is in OpenSSL's own TRUSTED form; openssl x509 -in FILE makes a plain one";
  }
  if (label !== 'CERTIFICATE' && label !== 'X509 CERTIFICATE') return `a ${label} block is not a certificate`;
  if (der.length === 0) return 'the block is empty or has no END line';
  try {
    const x509 = new X509Certificate(der);
    const rest = der.length - certificateLength(der);
    if (rest > 0)
      return `${rest} bytes follow it, perhaps another certificate; each needs a block of its own`;
    return { x509, facts: readCertificateFacts(x509.raw) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The name contains the fingerprint, so that no other certificate, nor a renewed one, has the same file name. */
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
