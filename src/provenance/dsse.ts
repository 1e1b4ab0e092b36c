/**
 * Reads, writes and verifies DSSE envelopes: a payload, its type, and signatures over both
 * (secure-systems-lab/dsse:protocol.md and envelope.md at v1.0.2).
 */
import { createHash, verify, type KeyObject } from 'node:crypto';
import { isRecord } from '../util/is-record.ts';

export interface Envelope {
  payloadType: string;
  payload: Buffer;
  signatures: { keyid: string; sig: Buffer }[];
}

/** The bytes to sign: length and content of type and payload, so that one cannot be mistaken for the other. */
export function preAuthEncoding(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}

/** SHA-256 of the public key's SubjectPublicKeyInfo, in hex: a hint which key to try, not a proof. */
export function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

export function envelopeText({ payloadType, payload, signatures }: Envelope): string {
  const written = {
    payloadType,
    payload: payload.toString('base64'),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: sig.toString('base64') })),
  };
  return `${JSON.stringify(written)}\n`;
}

/** @returns the envelope, or what is wrong with the text */
export function readEnvelope(text: string): Envelope | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (!isRecord(value)) return 'it is not a JSON object';
  const { payloadType, signatures } = value;
  const payload = bytesOf(value['payload']);
  if (typeof payloadType !== 'string' || !payload || !Array.isArray(signatures)) {
    return 'it is not a DSSE envelope: payloadType, payload and signatures are expected';
  }
  const read = signatures.map((one: unknown) => {
    const sig = isRecord(one) ? bytesOf(one['sig']) : undefined;
    const keyid = isRecord(one) && typeof one['keyid'] === 'string' ? one['keyid'] : '';
    return sig && { keyid, sig };
  });
  const whole = read.filter((one) => one !== undefined);
  if (whole.length === 0 || whole.length < read.length)
    return 'it has no signature, or a signature that is not base64';
  return { payloadType, payload, signatures: whole };
}

/** One valid signature is enough. The key id is ignored (protocol.md: it must not be used for decisions). */
export function isSignedBy({ payloadType, payload, signatures }: Envelope, key: KeyObject): boolean {
  const bytes = preAuthEncoding(payloadType, payload);
  return signatures.some(({ sig }) => {
    try {
      return verify(hashFor(key), bytes, key, sig);
    } catch {
      return false;
    }
  });
}

/** Ed25519 includes its own hash; other keys sign SHA-256. */
export function hashFor(key: KeyObject): 'sha256' | null {
  return key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
}

/** Standard and URL-safe base64 are both allowed (envelope.md). */
function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return undefined;
  return Buffer.from(value, 'base64');
}
