/** Makes the KMS calls: the state of a key, its public half, and signatures. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { DescribeKeyCommand, GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { tryRead, type ReadResult } from './ask.ts';
import type { Session } from './session.ts';

export interface SigningKey {
  aws: Session;
  region: string;
  /** Id, ARN or alias. */
  id: string;
}

const clientOf = ({ aws, region }: SigningKey): KMSClient =>
  aws.client('kms', region, (config) => new KMSClient(config));

/** The public key, or the spec of a key that cannot sign with ECDSA_SHA_256. */
export async function readPublicKey(key: SigningKey): Promise<{ key: KeyObject } | { spec: string }> {
  const answer = await clientOf(key).send(new GetPublicKeyCommand({ KeyId: key.id }));
  const spec = `${answer.KeySpec ?? 'unknown'} for ${answer.KeyUsage ?? 'nothing'}`;
  if (!answer.PublicKey || !answer.SigningAlgorithms?.includes('ECDSA_SHA_256')) return { spec };
  return { key: createPublicKey({ key: Buffer.from(answer.PublicKey), format: 'der', type: 'spki' }) };
}

/** Signs the digest of a message, because KMS accepts messages up to 4096 bytes (KMS API reference, Sign). @returns DER */
export async function signEcdsa(key: SigningKey, message: Buffer): Promise<Buffer> {
  const request = new SignCommand({
    KeyId: key.id,
    SigningAlgorithm: 'ECDSA_SHA_256',
    MessageType: 'DIGEST',
    Message: createHash('sha256').update(message).digest(),
  });
  const { Signature } = await clientOf(key).send(request);
  return Buffer.from(Signature ?? []);
}

export interface KeyFacts {
  /** Enabled, Disabled, PendingDeletion, … */
  state: string;
  /** EBS accepts only symmetric keys (EBS user guide, "How EBS encryption works"). */
  symmetric: boolean;
}

/** Reads the state of a key. @param id id, ARN or alias/NAME @returns null as value if the key does not exist */
export function readKmsKey(aws: Session, region: string, id: string): Promise<ReadResult<KeyFacts>> {
  return tryRead(`KMS key ${id} in ${region}`, ['NotFoundException'], async (abortSignal) => {
    const command = new DescribeKeyCommand({ KeyId: id });
    const { KeyMetadata } = await clientOf({ aws, region, id }).send(command, { abortSignal });
    return { state: KeyMetadata?.KeyState ?? '', symmetric: KeyMetadata?.KeySpec === 'SYMMETRIC_DEFAULT' };
  });
}
