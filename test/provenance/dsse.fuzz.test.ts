/** Tests that an envelope is accepted only if it contains exactly the signed bytes. */
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { envelopeText, preAuthEncoding, readEnvelope } from '../../src/provenance/dsse.ts';
import { PAYLOAD_TYPE } from '../../src/provenance/statement.ts';
import { checkEnvelope } from '../../src/provenance/verify.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 10_000);
const hex = 'ab'.repeat(32);
const payload = Buffer.from(
  JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://slsa.dev/provenance/v1',
    subject: [{ name: 'arn:aws:ec2:us-east-1::image/ami-1', digest: { sha256: hex } }],
    predicate: {},
  }),
);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const sig = sign(null, preAuthEncoding(PAYLOAD_TYPE, payload), privateKey);
const good = envelopeText({ payloadType: PAYLOAD_TYPE, payload, signatures: [{ keyid: '', sig }] });
const image = { id: 'ami-1', region: 'us-east-1', tags: { 'bakery:fingerprint': `sha256:${hex}` } };

it('any text is read or refused, and accepted only with the signed bytes in it', () => {
  expect(checkEnvelope(good, publicKey, image).problems).toEqual([]);
  const spliced = fc
    .tuple(fc.nat(good.length), fc.nat(5), fc.string({ maxLength: 5 }))
    .map(([at, skip, text]) => good.slice(0, at) + text + good.slice(at + skip));
  const parts = fc.record({
    payloadType: fc.string(),
    payload: fc.base64String(),
    signatures: fc.array(fc.record({ sig: fc.base64String() })),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        spliced,
        parts.map((one) => JSON.stringify(one)),
      ),
      (text) => {
        const { problems } = checkEnvelope(text, publicKey, image);
        const envelope = readEnvelope(text);
        const isSame = typeof envelope !== 'string' && envelope.payload.equals(payload);
        expect(problems.length > 0 || isSame).toBe(true);
      },
    ),
    { numRuns },
  );
});

it('a signed statement of any shape is checked without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const signatures = [{ keyid: '', sig: sign(null, preAuthEncoding(PAYLOAD_TYPE, bytes), privateKey) }];
      const text = envelopeText({ payloadType: PAYLOAD_TYPE, payload: bytes, signatures });
      expect(checkEnvelope(text, publicKey, image).problems.length).toBeGreaterThan(0);
    }),
    { numRuns: numRuns / 5 },
  );
});
