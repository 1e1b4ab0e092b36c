/** Owns: no bytes at all make the reader of CA files throw, and nothing but a checked CA comes out of it. */
import { X509Certificate } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCertificates } from '../../src/image/certificates.ts';
import { makeCertificate, pem } from './support/make-certificate.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const now = new Date('2026-11-21T12:00:00Z');
const der = makeCertificate({ commonName: 'Corp Root' });
const text = Buffer.from(pem(der));

/** A good file with a few bytes changed, cut, or doubled. */
const damaged = fc
  .tuple(
    fc.constantFrom(der, text, Buffer.concat([text, text])),
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

test('damaged files are findings or certificates, never an exception', () => {
  fc.assert(
    fc.property(any, (bytes) => {
      const { certificates, errors } = parseCertificates('x.pem', bytes, now);
      expect(certificates.length + errors.length).toBeGreaterThan(0);
      for (const { code } of errors) expect(code).toMatch(/^CA_/);
      for (const certificate of certificates) {
        expect(new X509Certificate(certificate.pem).ca).toBe(true);
        expect(certificate.name).toMatch(/^[A-Za-z0-9._-]+$/);
      }
    }),
    { numRuns: RUNS },
  );
});
