/** Opens the signing key of bakery.yaml `provenance.key`: a key in KMS or in a file. */
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

export interface KeyContext {
  aws: Session;
  region: string;
  /** Folder of bakery.yaml. */
  folder: string;
}

/**
 * Opens the signing key and checks that it can sign.
 * @param key `kms:…` or `file:…`
 * @throws BakeError PROVENANCE_KEY, AWS_…
 */
export async function openSigner(key: string, { aws, region, folder }: KeyContext): Promise<Signer> {
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
 * Opens the key that verifies provenance: `provenance.publicKey` if it is set, otherwise the public part of the signing
 * key.
 * @throws BakeError PROVENANCE_KEY, AWS_…
 */
export async function openVerifyKey(
  { key, publicKey }: { key: string; publicKey?: string | undefined },
  context: KeyContext,
): Promise<KeyObject> {
  if (publicKey !== undefined) return readPublicKeyFile(path.resolve(context.folder, publicKey));
  if (key.startsWith('file:')) return (await openSigner(key, context)).publicKey;
  return publicKeyOf(key, kmsKey(key, context.aws, context.region));
}

/** An ARN contains its Region; an id or an alias is looked up in the Region of the run. */
function kmsKey(key: string, aws: Session, region: string): SigningKey {
  const id = key.slice('kms:'.length);
  return { aws, id, region: /^arn:[^:]*:kms:([^:]+):/.exec(id)?.[1] ?? region };
}

async function publicKeyOf(named: string, key: SigningKey): Promise<KeyObject> {
  const next = 'create a key with aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY';
  const bad = (found: string, cause?: unknown): BakeError =>
    new BakeError('PROVENANCE_KEY', { key: named, found, next }, { cause });
  try {
    const read = await readPublicKey(key);
    if ('key' in read) return read.key;
    throw bad(`its key spec is ${read.spec}`);
  } catch (error) {
    if (isAws(error, 'NotFoundException')) throw bad(`it does not exist in KMS in ${key.region}`, error);
    if (isAws(error, 'UnsupportedOperationException', 'InvalidKeyUsageException')) {
      throw bad('it is not a signing key', error);
    }
    throw error;
  }
}
