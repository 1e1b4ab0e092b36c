/** Owns what signs: a key in KMS, or one in a file (bakery.yaml `provenance.key`). */
import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import path from 'node:path';
import { isAws } from '../aws/errors.ts';
import { readPublicKey, signEcdsa, type SigningKey } from '../aws/keys.ts';
import type { Session } from '../aws/session.ts';
import { BakeError } from '../errors/bake-error.ts';
import { hashFor } from './dsse.ts';
import { readPrivateKey, readPublicKeyFile } from './key-file.ts';

export interface Signer {
  publicKey: KeyObject;
  /** ECDSA signatures are DER. @throws BakeError AWS_… */
  sign(bytes: Buffer): Promise<Buffer>;
}

export interface KeyPlace {
  aws: Session;
  region: string;
  /** Folder of bakery.yaml. */
  folder: string;
}

/**
 * Opens what signs, and finds out whether it can.
 * @param key `kms:…` or `file:…`
 * @throws BakeError PROVENANCE_KEY, AWS_…
 */
export async function openSigner(key: string, { aws, region, folder }: KeyPlace): Promise<Signer> {
  if (key.startsWith('file:')) {
    const privateKey = await readPrivateKey(path.resolve(folder, key.slice('file:'.length)));
    return {
      publicKey: createPublicKey(privateKey),
      sign: async (bytes) => sign(hashFor(privateKey), bytes, privateKey),
    };
  }
  const signing = kmsKey(key, aws, region);
  const publicKey = await publicKeyOf(key, signing);
  return { publicKey, sign: (bytes) => signEcdsa(signing, bytes) };
}

/**
 * What provenance is checked with: `provenance.publicKey` where there is one, else the public half of the key.
 * @throws BakeError PROVENANCE_KEY, AWS_…
 */
export async function openVerifyKey(
  { key, publicKey }: { key: string; publicKey?: string | undefined },
  place: KeyPlace,
): Promise<KeyObject> {
  if (publicKey !== undefined) return readPublicKeyFile(path.resolve(place.folder, publicKey));
  if (key.startsWith('file:')) return (await openSigner(key, place)).publicKey;
  return publicKeyOf(key, kmsKey(key, place.aws, place.region));
}

/** An ARN tells its Region; an id or alias is the run's. */
function kmsKey(key: string, aws: Session, region: string): SigningKey {
  const id = key.slice('kms:'.length);
  return { aws, id, region: /^arn:[^:]*:kms:([^:]+):/.exec(id)?.[1] ?? region };
}

async function publicKeyOf(named: string, key: SigningKey): Promise<KeyObject> {
  const next = 'aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY makes one';
  const bad = (found: string, cause?: unknown): BakeError =>
    new BakeError('PROVENANCE_KEY', { key: named, found, next }, { cause });
  try {
    const read = await readPublicKey(key);
    if ('key' in read) return read.key;
    throw bad(`it is a key of ${read.spec}`);
  } catch (error) {
    if (isAws(error, 'NotFoundException')) throw bad(`KMS in ${key.region} knows no such key`, error);
    if (isAws(error, 'UnsupportedOperationException', 'InvalidKeyUsageException')) {
      throw bad('it is no key that signs', error);
    }
    throw error;
  }
}
