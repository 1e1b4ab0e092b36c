/** Checks one certificate: why it must not go into an image as a CA. */
import type { X509Certificate } from 'node:crypto';
import { BakeError, type FilePlace } from '../../errors/bake-error.ts';
import { curveBits, type CertificateFacts } from './der.ts';

/** A certificate and where it was found. */
export interface FoundCertificate {
  path: string;
  place: FilePlace;
  x509: X509Certificate;
  facts: CertificateFacts;
}

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

const DAY = 86_400_000;
/** RFC 5280 4.2.1.12: serverAuth, and anyExtendedKeyUsage. */
const FOR_SERVERS = new Set(['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']);

/**
 * All errors of the certificate, in the order in which a person would fix them. Source of the rules: RFC 5280 4.2.1.3,
 * 4.2.1.9 and 4.2.1.12; for key and hash strengths, EL 9's default crypto policy.
 * @param lifeDays days for which nodes are started from the image
 */
export function certificateErrors(
  { path, place, x509, facts }: FoundCertificate,
  now: Date,
  lifeDays: number,
): BakeError[] {
  const about = { path, subject: subjectOf(x509) };
  const errors: BakeError[] = [];
  if (!x509.ca || facts.keyCertSign === false) errors.push(new BakeError('CA_LEAF', about, { place }));
  const expiry = expiryOf({ path, place, x509, facts }, now, lifeDays);
  if (expiry) errors.push(expiry);
  const from = new Date(x509.validFrom);
  // Written so that an unreadable date counts as an error.
  if (!(now >= from)) errors.push(new BakeError('CA_NOT_YET', { ...about, on: day(from) }, { place }));
  const reason = weaknessOf(x509, facts.signature, hasOldRootSignature({ x509, facts }));
  if (reason !== undefined) errors.push(new BakeError('CA_WEAK', { ...about, reason }, { place }));
  if (!isForServers(x509)) errors.push(new BakeError('CA_PURPOSE', about, { place }));
  return errors;
}

/**
 * Whether it is a root that signed itself with SHA-1. Nobody verifies that signature, because a root is trusted for being
 * in the store (RFC 5280, 6.1), so it is old rather than unsafe.
 */
export function hasOldRootSignature({ x509, facts }: Pick<FoundCertificate, 'x509' | 'facts'>): boolean {
  return WEAK_SIGNATURES[facts.signature] === 'SHA-1' && x509.ca && x509.checkIssued(x509);
}

/** The subject in one line: `CN=Corp Root, O=Corp`. */
export function subjectOf(x509: X509Certificate): string {
  return (x509.subject || 'a certificate without a subject').split('\n').reverse().join(', ');
}

function expiryOf(
  { path, place, x509 }: FoundCertificate,
  now: Date,
  lifeDays: number,
): BakeError | undefined {
  const to = new Date(x509.validTo);
  const about = { path, subject: subjectOf(x509), on: day(to) };
  if (!(now <= to)) return new BakeError('CA_EXPIRED', about, { place });
  const left = Math.floor((to.getTime() - now.getTime()) / DAY);
  if (left >= lifeDays) return undefined;
  return new BakeError('CA_EXPIRES_SOON', { ...about, left, lifeDays }, { place });
}

/** Node's `keyUsage` is the extended key usage. If it is absent, every use is allowed. */
function isForServers({ keyUsage }: X509Certificate): boolean {
  // Its type does not include undefined, but an absent extension is undefined.
  const usages = keyUsage as string[] | undefined;
  return usages === undefined || usages.some((usage) => FOR_SERVERS.has(usage));
}

function weaknessOf(x509: X509Certificate, signature: string, isOldRoot: boolean): string | undefined {
  const reasons: string[] = [];
  const hash = WEAK_SIGNATURES[signature];
  if (hash !== undefined && !isOldRoot) reasons.push(`it is signed with ${hash}`);
  const weakKey = keyWeakness(x509);
  if (weakKey !== undefined) reasons.push(weakKey);
  return reasons.length === 0 ? undefined : reasons.join(', ');
}

function keyWeakness(x509: X509Certificate): string | undefined {
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

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10);
}
