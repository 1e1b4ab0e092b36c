/** The table of KMS operations, and signing with a key. */
import type { Call, Handlers } from '../call.ts';
import type { KeyRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { listAliases } from './aliases.ts';
import { createGrant } from './grants.ts';
import { createKey, describeKey, findKey, isSigningSpec } from './keys.ts';
import { signingAlgorithms, type SigningAlgorithm, type SigningSpec } from './material.ts';

export const handlers: Handlers = {
  CreateGrant: createGrant,
  CreateKey: createKey,
  DescribeKey: describeKey,
  GetPublicKey: getPublicKey,
  ListAliases: listAliases,
  Sign: sign,
  Verify: verify,
};

interface SignInput {
  KeyId: string;
  Message: Buffer;
  MessageType?: string;
  SigningAlgorithm: string;
}

const DIGEST_BYTES = 32;

function sign(input: SignInput, call: Call): object {
  const { key, what } = readSigned(input, call);
  const signature = call.keys.sign(key.id, what);
  if (!signature) throw noDigest(input.SigningAlgorithm);
  return { KeyId: key.arn, Signature: signature, SigningAlgorithm: input.SigningAlgorithm };
}

function verify(input: SignInput & { Signature: Buffer }, call: Call): object {
  const { key, what } = readSigned(input, call);
  const isValid = call.keys.verify(key.id, what, input.Signature);
  if (isValid === undefined) throw noDigest(input.SigningAlgorithm);
  if (!isValid) throw new AwsError('KMSInvalidSignatureException', '');
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
}

function getPublicKey(input: { KeyId: string }, call: Call): object {
  const key = findKey(call, input.KeyId);
  const spec = signingSpecOf(key);
  return {
    KeyId: key.arn,
    PublicKey: call.keys.publicKey(key.id),
    CustomerMasterKeySpec: spec,
    KeySpec: spec,
    KeyUsage: key.usage,
    SigningAlgorithms: signingAlgorithms[spec],
  };
}

function signingSpecOf({ arn, spec, usage }: KeyRow): SigningSpec {
  if (isSigningSpec(spec)) return spec;
  throw new AwsError(
    'UnsupportedOperationException',
    `${arn} key usage is ${usage} which is not valid for this.`,
  );
}

function readSigned(input: SignInput, call: Call) {
  const key = findKey(call, input.KeyId);
  if (!isSigningSpec(key.spec)) {
    throw new AwsError(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ${key.usage} which is not valid for Sign.`,
    );
  }
  const algorithm = signingAlgorithms[key.spec].find((one) => one === input.SigningAlgorithm);
  if (!algorithm) {
    throw new AwsError(
      'InvalidKeyUsageException',
      `Algorithm ${input.SigningAlgorithm} is incompatible with key spec ${key.spec}.`,
    );
  }
  const type = input.MessageType ?? 'RAW';
  if (type === 'EXTERNAL_MU') throw new AwsError('ValidationException', 'EXTERNAL_MU is for ML-DSA keys.');
  const isDigest = type === 'DIGEST';
  if (isDigest && input.Message.length !== DIGEST_BYTES) {
    throw new AwsError('ValidationException', `Digest is invalid length for algorithm ${algorithm}.`);
  }
  return { key, what: { message: input.Message, isDigest, algorithm: algorithm satisfies SigningAlgorithm } };
}

function noDigest(algorithm: string): AwsError {
  return new AwsError(
    'UnsupportedOperationException',
    `The sandbox does not sign digests with ${algorithm}.`,
  );
}
