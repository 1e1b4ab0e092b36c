/** Tests that no bytes make the reader of CA files throw, and that it returns only checked CAs. */
import { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkCertificates } from '../../../src/image/trust/certificates.ts';
import { ecKey, makeCertificate, pem } from '../support/make-certificate.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const now = new Date('2026-11-21T12:00:00Z');
const LIFE_DAYS = 62;
const DAY = 86_400_000;
const issuer = { commonName: 'Corp Root', key: ecKey() };
const der = makeCertificate(issuer);
const below = makeCertificate({ commonName: 'Corp Issuing', key: ecKey('secp384r1'), issuer });
const text = Buffer.from(pem(der));
const chain = Buffer.from(pem(below) + pem(der));
/** Inputs that must never be accepted, even after their bytes are mixed. */
const bad = [
  makeCertificate({ commonName: 'Leaf', ca: false, keyUsage: [0] }),
  makeCertificate({ commonName: 'Old', to: new Date('2026-12-24T00:00:00Z') }),
  makeCertificate({ commonName: 'Small', key: ecKey('secp224r1') }),
  makeCertificate({ commonName: 'Mail', purposes: ['1.3.6.1.5.5.7.3.4'] }),
  below,
].map((each) => Buffer.from(pem(each)));

/** A valid file with a few bytes changed, removed or repeated. */
const damaged = fc
  .tuple(
    fc.constantFrom(der, text, chain, Buffer.concat([text, text]), ...bad),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    fc.option(fc.nat(), { freq: 3, nil: undefined }),
  )
  .map(([bytes, changes, cut]) => {
    const copy = Buffer.from(bytes);
    for (const [at, value] of changes) copy[at % copy.length] = value;
    return cut === undefined ? copy : copy.subarray(0, cut % copy.length);
  });

const any = fc.oneof(
  { weight: 6, arbitrary: damaged },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(pem(Buffer.from(bytes)))),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(
        fc.constantFrom(
          '-----BEGIN CERTIFICATE-----\n',
          '-----END CERTIFICATE-----\n',
          'MII\n',
          '-----BEGIN RSA PRIVATE KEY-----\n',
        ),
      )
      .map((parts) => Buffer.from(parts.join(''))),
  },
);

test('damaged files give errors or checked CAs, never an exception', () => {
  fc.assert(
    fc.property(any, (bytes) => {
      const { certificates, errors } = checkCertificates([{ path: 'x.pem', bytes }], now, LIFE_DAYS);
      expect(certificates.length + errors.length).toBeGreaterThan(0);
      for (const { code } of errors) expect(code).toMatch(/^CA_/);
      const given = certificates.map((one) => one.pem);
      for (const certificate of certificates) {
        expect(certificate.name).toMatch(/^[A-Za-z0-9._-]+$/);
        expect(objection(certificate.pem, given, errors.length > 0)).toBeUndefined();
      }
    }),
    { numRuns: RUNS },
  );
});

/** OpenSSL's result, through Node: why this is not a CA that is valid for LIFE_DAYS days from now. */
function objection(certificate: string, given: readonly string[], refused: boolean): string | undefined {
  const x509 = new X509Certificate(certificate);
  if (!x509.ca) return 'no CA';
  if (new Date(x509.validFrom) > now) return 'not valid yet';
  if (new Date(x509.validTo).getTime() < now.getTime() + LIFE_DAYS * DAY) return 'not long enough';
  const { namedCurve } = x509.publicKey.asymmetricKeyDetails ?? {};
  if (namedCurve !== 'prime256v1' && namedCurve !== 'secp384r1') return `key ${namedCurve}`;
  const usages = x509.keyUsage as string[] | undefined;
  if (usages && !usages.includes('1.3.6.1.5.5.7.3.1') && !usages.includes('2.5.29.37.0')) return 'purpose';
  const givers = given.map((each) => new X509Certificate(each));
  if (givers.some((giver) => giver.subject === x509.issuer && x509.verify(giver.publicKey))) return undefined;
  // If the root was refused, the whole file was refused.
  if (refused && x509.verify(issuer.key.publicKey)) return undefined;
  return 'not signed by whom it says, or that one is not given';
}
