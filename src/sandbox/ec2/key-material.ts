/** Makes SSH keys in EC2's formats, with EC2's fingerprints. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';

export type KeyType = 'rsa' | 'ed25519';

export interface MadeKey {
  type: KeyType;
  /** The private key as PEM, which CreateKeyPair returns once. */
  material: string;
  /** A line of authorized_keys without a comment. */
  publicKey: string;
  fingerprint: string;
}

/**
 * Makes a key as EC2 does: RSA of 2048 bits in PKCS#1, or ED25519 in OpenSSH's format. Fingerprints: SHA-1 of the
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

function string(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number whose first bit is set is preceded by a zero byte (RFC 4251, "mpint"). */
function number(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url');
  return string((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
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
