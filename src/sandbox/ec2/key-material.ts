/** Owns the bytes of SSH keys: made, read, and their fingerprints as EC2 shows them. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';

export type KeyType = 'rsa' | 'ed25519';

export interface MadeKey {
  type: KeyType;
  /** What the owner gets, once: PEM. */
  material: string;
  /** A line of authorized_keys without a comment. */
  publicKey: string;
  fingerprint: string;
}

/**
 * A new key as EC2 makes it: RSA of 2048 bits in PKCS#1, or ED25519 in OpenSSH's format. Fingerprints: SHA-1 of the
 * private key's DER for RSA, SHA-256 of the public one for ED25519 (EC2 user guide, "Verify the fingerprint of your key pair").
 */
export function makeKey(type: KeyType): MadeKey {
  if (type === 'rsa') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const der = privateKey.export({ type: 'pkcs8', format: 'der' });
    const jwk = publicKey.export({ format: 'jwk' });
    return {
      type,
      material: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString().trimEnd(),
      publicKey: line(type, rsaBlob(jwk.n ?? '', jwk.e ?? '')),
      fingerprint: colons(createHash('sha1').update(der).digest('hex')),
    };
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const blob = ed25519Blob(point);
  return {
    type,
    material: opensshPem(seed, point),
    publicKey: line(type, blob),
    fingerprint: createHash('sha256').update(blob).digest('base64'),
  };
}

/** MD5 of the public key's DER for RSA (EC2 user guide, as above). */
export function importedFingerprint(
  key: KeyObject,
  { type, line: text }: { type: KeyType; line: string },
): string {
  if (type === 'rsa')
    return colons(
      createHash('md5')
        .update(key.export({ type: 'spki', format: 'der' }))
        .digest('hex'),
    );
  return createHash('sha256')
    .update(Buffer.from(text.split(' ')[1] ?? '', 'base64'))
    .digest('base64');
}

/** Reads an OpenSSH line or a PEM; undefined where it is neither, or of another type. */
export function publicKeyOf(text: string): { type: KeyType; line: string; object: KeyObject } | undefined {
  try {
    const object = text.startsWith('ssh-') ? fromLine(text) : createPublicKey(text);
    const jwk = object.export({ format: 'jwk' });
    if (object.asymmetricKeyType === 'rsa') {
      return { type: 'rsa', line: line('rsa', rsaBlob(jwk.n ?? '', jwk.e ?? '')), object };
    }
    if (object.asymmetricKeyType !== 'ed25519') return undefined;
    return {
      type: 'ed25519',
      line: line('ed25519', ed25519Blob(Buffer.from(jwk.x ?? '', 'base64url'))),
      object,
    };
  } catch {
    return undefined;
  }
}

/** @throws Error for anything that is no key */
function fromLine(text: string): KeyObject {
  const [name, body] = text.split(/\s+/) as [string, string?];
  const [type, first, second] = readStrings(Buffer.from(body ?? '', 'base64'));
  if (type?.toString('latin1') !== name) throw new Error('the type does not fit the key');
  if (name === 'ssh-ed25519' && first?.length === 32) {
    return createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: first.toString('base64url') },
      format: 'jwk',
    });
  }
  if (name !== 'ssh-rsa' || !first || !second) throw new Error('not a type that EC2 takes');
  const key = { kty: 'RSA', e: bare(first).toString('base64url'), n: bare(second).toString('base64url') };
  return createPublicKey({ key, format: 'jwk' });
}

/** SSH's strings: a length of four bytes, then as many (RFC 4251, section 5). */
function readStrings(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) throw new Error('cut off');
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

function string(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number whose first bit is set gets a zero byte in front (RFC 4251, "mpint"). */
function number(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url');
  return string((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

function bare(mpint: Buffer): Buffer {
  return mpint[0] === 0 ? mpint.subarray(1) : mpint;
}

function rsaBlob(n: string, e: string): Buffer {
  return Buffer.concat([string('ssh-rsa'), number(e), number(n)]);
}

function ed25519Blob(point: Buffer): Buffer {
  return Buffer.concat([string('ssh-ed25519'), string(point)]);
}

function line(type: KeyType, blob: Buffer): string {
  return `ssh-${type} ${blob.toString('base64')}`;
}

/** OpenSSH's own format, unencrypted (openssh-portable:PROTOCOL.key). */
function opensshPem(seed: Buffer, point: Buffer): string {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    ed25519Blob(point),
    string(Buffer.concat([seed, point])),
    string(''),
  ]);
  const padded = Buffer.concat([
    secret,
    Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8)),
  ]);
  const count = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    string('none'),
    string('none'),
    string(''),
    count,
    string(ed25519Blob(point)),
    string(padded),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----'].join('\n');
}

function colons(hex: string): string {
  return (hex.match(/../g) ?? []).join(':');
}
