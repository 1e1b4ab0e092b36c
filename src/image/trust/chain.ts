/** Checks certificates together: none may occur twice, and each intermediate needs its root. */
import { X509Certificate } from 'node:crypto';
import { BakeError } from '../../errors/bake-error.ts';
import { subjectOf, type FoundCertificate } from './certificate-errors.ts';

/** The first copy of each certificate, and one error for every pair of files that contain the same certificates. */
export function withoutDuplicates(found: readonly FoundCertificate[]): {
  unique: FoundCertificate[];
  errors: BakeError[];
} {
  const unique = new Map<string, FoundCertificate>();
  const pairs = new Map<string, { one: FoundCertificate; first: FoundCertificate; count: number }>();
  for (const one of found) {
    const first = unique.get(one.x509.fingerprint256);
    if (!first) unique.set(one.x509.fingerprint256, one);
    else {
      const key = JSON.stringify([one.path, first.path]);
      const pair = pairs.get(key) ?? { one, first, count: 0 };
      pairs.set(key, { ...pair, count: pair.count + 1 });
    }
  }
  const errors = [...pairs.values()].map(({ one: { path, place, x509 }, first, count }) => {
    const context = { path, subject: subjectOf(x509), first: locate(first), count };
    return new BakeError('CA_TWICE', context, { place });
  });
  return { unique: [...unique.values()], errors };
}

function locate({ path, place }: FoundCertificate): string {
  return place.line === undefined ? path : `${path}:${place.line}`;
}

/**
 * Checks that each chain ends in a root. An intermediate without its root works only for clients that accept a partial
 * chain: curl does (OpenSSL), Node.js does not.
 * @param toCheck the certificates whose chains must end in a root
 * @param given all certificates that may be part of a chain
 * @param publicRoots PEM; every image has them
 * @returns an error for each certificate whose chain does not end in a root
 */
export function checkRoots(
  toCheck: readonly FoundCertificate[],
  given: readonly FoundCertificate[],
  publicRoots: readonly string[],
): Map<X509Certificate, BakeError> {
  const errors = new Map<X509Certificate, BakeError>();
  const others = given.map(({ x509 }) => x509);
  let parsed: X509Certificate[] | undefined;
  // Parsed on first use: most users have no intermediates.
  const isPublic = (x509: X509Certificate) => {
    parsed ??= publicRoots.map((text) => new X509Certificate(text));
    return parsed.some((root) => isSignedBy(x509, root));
  };
  for (const { path, place, x509 } of toCheck) {
    const last = lastOf(x509, others);
    if (last === undefined || isPublic(last)) continue;
    const issuer = last.issuer.split('\n').reverse().join(', ');
    errors.set(x509, new BakeError('CA_NO_ROOT', { path, subject: subjectOf(x509), issuer }, { place }));
  }
  return errors;
}

/** The last certificate of an incomplete chain; undefined if the chain ends in a root. */
function lastOf(start: X509Certificate, given: readonly X509Certificate[]): X509Certificate | undefined {
  const passed = new Set<string>();
  for (let at = start; ;) {
    if (isSignedBy(at, at)) return undefined;
    passed.add(at.fingerprint256);
    const above = given.find((one) => !passed.has(one.fingerprint256) && isSignedBy(at, one));
    if (above === undefined) return at;
    at = above;
  }
}

function isSignedBy(child: X509Certificate, parent: X509Certificate): boolean {
  if (child.issuer !== parent.subject) return false;
  try {
    return child.verify(parent.publicKey);
  } catch {
    // OpenSSL cannot use keys of this kind, so no client accepts their signatures.
    return false;
  }
}
