/** Stores key material in `keys/<key id>.pem` of the state folder, readable by this user only, and signs with it. */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  publicDecrypt,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../util/files.ts';
import { replaceFile } from '../store/store.ts';
import { signDigest, verifyDigest } from './p256.ts';

export type SigningSpec = 'ECC_NIST_P256' | 'RSA_2048';
export type SigningAlgorithm = 'ECDSA_SHA_256' | 'RSASSA_PKCS1_V1_5_SHA_256' | 'RSASSA_PSS_SHA_256';

/** The signing algorithms that the sandbox supports for each key spec (KMS developer guide, "Key spec reference"). */
export const signingAlgorithms: Record<SigningSpec, readonly SigningAlgorithm[]> = {
  ECC_NIST_P256: ['ECDSA_SHA_256'],
  RSA_2048: ['RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PSS_SHA_256'],
};

export interface SigningInput {
  message: Buffer;
  /** True if `message` is the SHA-256 digest of the signed message. */
  isDigest: boolean;
  algorithm: SigningAlgorithm;
}

export interface KeyFiles {
  make(id: string, spec: SigningSpec): void;
  /** SubjectPublicKeyInfo, DER. */
  publicKey(id: string): Buffer;
  /** undefined if the sandbox cannot sign a digest with this algorithm. */
  sign(id: string, what: SigningInput): Buffer | undefined;
  verify(id: string, what: SigningInput, signature: Buffer): boolean | undefined;
}

/** DigestInfo prefix of SHA-256 (RFC 8017, 9.2, note 1). */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** @param folder the state folder */
export function openKeyFiles(folder: string): KeyFiles {
  const place = path.join(folder, 'keys');
  const fileOf = (id: string): string => path.join(place, `${id}.pem`);
  const privateKey = (id: string): KeyObject => createPrivateKey(readFileSync(fileOf(id)));
  return {
    make(id, spec) {
      makeFolder(place, 0o700);
      const { privateKey: made } =
        spec === 'RSA_2048'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('ec', { namedCurve: 'P-256' });
      replaceFile(fileOf(id), made.export({ type: 'pkcs8', format: 'pem' }) as string);
    },
    publicKey: (id) => createPublicKey(privateKey(id)).export({ type: 'spki', format: 'der' }),
    sign(id, { message, isDigest, algorithm }) {
      const key = privateKey(id);
      if (!isDigest) return sign('sha256', message, { key, ...padding(algorithm) });
      // node:crypto hashes its input before it signs, so p256.ts signs an existing digest.
      if (algorithm === 'ECDSA_SHA_256') return signDigest(key, message);
      if (algorithm === 'RSASSA_PKCS1_V1_5_SHA_256') {
        return privateEncrypt(
          { key, padding: constants.RSA_PKCS1_PADDING },
          Buffer.concat([DIGEST_INFO, message]),
        );
      }
      return undefined;
    },
    verify(id, { message, isDigest, algorithm }, signature) {
      const key = createPublicKey(privateKey(id));
      try {
        if (!isDigest) return verify('sha256', message, { key, ...padding(algorithm) }, signature);
        if (algorithm === 'ECDSA_SHA_256') return verifyDigest(key, message, signature);
        if (algorithm === 'RSASSA_PKCS1_V1_5_SHA_256') {
          const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
          return signed.equals(Buffer.concat([DIGEST_INFO, message]));
        }
        return undefined;
      } catch {
        // A malformed signature is an invalid signature.
        return false;
      }
    },
  };
}

function padding(algorithm: SigningAlgorithm): object {
  if (algorithm !== 'RSASSA_PSS_SHA_256') return {};
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}
