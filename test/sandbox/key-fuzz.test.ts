/** Imported public keys are read or refused, whatever their bytes are. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeKey, publicKeyOf } from '../../src/sandbox/ec2/key-material.ts';

const numRuns = Number(process.env['FUZZ_RUNS'] ?? 2_000);
const good = makeKey('ed25519').publicKey;

test('damaged public keys are read consistently or refused', () => {
  expect(publicKeyOf(good)?.line).toBe(good);
  const bytes = Buffer.from(good.split(' ')[1] ?? '', 'base64');
  const damaged = fc
    .tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length))
    .map(([at, value, length]) => {
      const copy = Buffer.from(bytes);
      copy[at] = value;
      return `ssh-ed25519 ${copy.subarray(0, length).toString('base64')}`;
    });
  const text = fc.oneof(
    damaged,
    fc.string(),
    fc.base64String().map((body) => `ssh-rsa ${body}`),
  );
  fc.assert(
    fc.property(text, (line) => {
      const key = publicKeyOf(line);
      if (key) expect(publicKeyOf(key.line)?.line).toBe(key.line);
    }),
    { numRuns },
  );
});
