/** Owns judging certificates together: each given once, and each intermediate with the root that it ends in. */
import { X509Certificate } from 'node:crypto';
import { BakeError } from '../../errors/bake-error.ts';
import { subjectOf, type Found } from './judge.ts';

/** The first of each certificate, and a finding for every other one. */
export function withoutTwins(found: readonly Found[]): { once: Found[]; errors: BakeError[] } {
  const once = new Map<string, Found>();
  const errors: BakeError[] = [];
  for (const one of found) {
    const { path, place, x509 } = one;
    const first = once.get(x509.fingerprint256);
    if (!first) once.set(x509.fingerprint256, one);
    else
      errors.push(
        new BakeError('CA_TWICE', { path, subject: subjectOf(x509), first: locate(first) }, { place }),
      );
  }
  return { once: [...once.values()], errors };
}

function locate({ path, place }: Found): string {
  return place.line === undefined ? path : `${path}:${place.line}`;
}

/**
 * A bundle with an intermediate alone works only for clients that stop at it (OpenSSL's partial chain): trap T10 of
 * the hardening facts.
 * @param judged those that must end in a root
 * @param given all that may be on the way
 * @param publicRoots PEM; they are in every image
 * @returns a finding for each that does not
 */
export function rootless(
  judged: readonly Found[],
  given: readonly Found[],
  publicRoots: readonly string[],
): Map<X509Certificate, BakeError> {
  const errors = new Map<X509Certificate, BakeError>();
  const others = given.map(({ x509 }) => x509);
  let parsed: X509Certificate[] | undefined;
  // Parsed when the first one asks: for most users none does.
  const isPublic = (x509: X509Certificate) => {
    parsed ??= publicRoots.map((text) => new X509Certificate(text));
    return parsed.some((root) => isSignedBy(x509, root));
  };
  for (const { path, place, x509 } of judged) {
    const last = lastOf(x509, others);
    if (last === undefined || isPublic(last)) continue;
    const issuer = last.issuer.split('\n').reverse().join(', ');
    errors.set(x509, new BakeError('CA_NO_ROOT', { path, subject: subjectOf(x509), issuer }, { place }));
  }
  return errors;
}

/** Where the chain breaks off; undefined where it ends in a root. */
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
    // A key of a kind that OpenSSL cannot use signed nothing that anybody accepts.
    return false;
  }
}
