/** Owns judging certificates together: each given once, and each intermediate with the root that it ends in. */
import { X509Certificate } from 'node:crypto';
import { BakeError } from '../../errors/bake-error.ts';
import { subjectOf, type Found } from './judge.ts';

/** The first of each certificate, and for every pair of files that share others one finding. */
export function withoutTwins(found: readonly Found[]): { once: Found[]; errors: BakeError[] } {
  const once = new Map<string, Found>();
  const pairs = new Map<string, { one: Found; first: Found; count: number }>();
  for (const one of found) {
    const first = once.get(one.x509.fingerprint256);
    if (!first) once.set(one.x509.fingerprint256, one);
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
