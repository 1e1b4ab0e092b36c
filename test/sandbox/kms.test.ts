/** KMS through the SDK: keys by every kind of name, real signatures, grants, and the protection of key material. */
import { createPublicKey, createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  ListAliasesCommand,
  SignCommand,
  VerifyCommand,
  type KeySpec,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { signDigest, verifyDigest } from '../../src/sandbox/kms/p256.ts';
import { afterTest, errorName, openAccount } from './account.ts';

async function open() {
  const { sandbox, state } = await openAccount();
  const client = (region: string) => {
    const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
    const made = new KMSClient({ endpoint: sandbox.endpoint, region, credentials, maxAttempts: 1 });
    afterTest(async () => made.destroy());
    return made;
  };
  const kms = client('us-east-1');
  const create = async (KeySpec: KeySpec) => {
    const KeyUsage = KeySpec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY';
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
    return { id: KeyMetadata?.KeyId as string, arn: KeyMetadata?.Arn as string };
  };
  return { state, kms, create, client };
}

const message = Buffer.from('a signed message');
const digest = createHash('sha256').update(message).digest();

describe('signatures', () => {
  test.each([
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'RAW'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST'],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'RAW'],
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'DIGEST'],
    ['RSA_2048', 'RSASSA_PSS_SHA_256', 'RAW'],
  ] as [KeySpec, SigningAlgorithmSpec, 'RAW' | 'DIGEST'][])(
    'of %s by %s over %s are what OpenSSL checks with the public key',
    async (spec, SigningAlgorithm, MessageType) => {
      const { kms, create } = await open();
      const { id: KeyId } = await create(spec);
      const Message = MessageType === 'RAW' ? message : digest;
      const request = { KeyId, SigningAlgorithm, MessageType, Message };
      const { Signature } = await kms.send(new SignCommand(request));
      const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
      const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
      const padding = SigningAlgorithm.includes('PSS') ? { padding: 6, saltLength: 32 } : {};
      expect(verify('sha256', message, { key, ...padding }, Signature as Uint8Array)).toBe(true);
      expect((await kms.send(new VerifyCommand({ ...request, Signature }))).SignatureValid).toBe(true);
      const other = MessageType === 'RAW' ? Buffer.from('something else') : createHash('sha256').digest();
      expect(await errorName(kms.send(new VerifyCommand({ ...request, Signature, Message: other })))).toBe(
        'KMSInvalidSignatureException',
      );
    },
  );

  test('of p256.ts and OpenSSL verify each other', () => {
    for (let round = 0; round < 5; round++) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      expect(verify('sha256', message, publicKey, signDigest(privateKey, digest))).toBe(true);
      const theirs = sign('sha256', message, privateKey);
      expect(verifyDigest(publicKey, digest, theirs)).toBe(true);
      expect(verifyDigest(publicKey, createHash('sha256').update('x').digest(), theirs)).toBe(false);
    }
  });

  test('are refused for unsuitable keys and messages', async () => {
    const { kms, create } = await open();
    const { id: KeyId } = await create('ECC_NIST_P256');
    const { id: symmetric } = await create('SYMMETRIC_DEFAULT');
    const ask = (more: object) =>
      errorName(
        kms.send(new SignCommand({ KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: message, ...more })),
      );
    expect(await ask({ KeyId: symmetric })).toBe('InvalidKeyUsageException');
    expect(await ask({ SigningAlgorithm: 'RSASSA_PSS_SHA_256' })).toBe('InvalidKeyUsageException');
    expect(await ask({ MessageType: 'DIGEST' })).toBe('ValidationException');
    expect(await ask({ Message: Buffer.alloc(4097) })).toBe('ValidationException');
    expect(await ask({ KeyId: 'alias/none' })).toBe('NotFoundException');
  });
});

describe('keys', () => {
  test('are found by id, ARN, alias and alias ARN, in their own Region only', async () => {
    const { kms, client } = await open();
    const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
    const { AliasArn: aliasArn = '', TargetKeyId: id = '' } =
      Aliases.find(({ AliasName }) => AliasName === 'alias/bakery-provenance') ?? {};
    const arn = aliasArn.replace(/alias\/.*/, `key/${id}`);
    for (const KeyId of [id, arn, 'alias/bakery-provenance', aliasArn]) {
      expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn).toBe(arn);
    }
    const west = client('us-west-2');
    for (const KeyId of [id, arn, 'alias/bakery-provenance']) {
      expect(await errorName(west.send(new DescribeKeyCommand({ KeyId })))).toBe('NotFoundException');
    }
    expect((await kms.send(new ListAliasesCommand({ KeyId: id }))).Aliases).toHaveLength(1);
    const managed = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' }));
    expect(managed.KeyMetadata?.KeyManager).toBe('AWS');
  });

  test('keep their material in files that only this user can read', async () => {
    const { state, create } = await open();
    const { id } = await create('ECC_NIST_P256');
    const files = readdirSync(path.join(state, 'keys'));
    expect(files).toContain(`${id}.pem`);
    for (const file of files) expect(statSync(path.join(state, 'keys', file)).mode & 0o777).toBe(0o600);
  });

  test('return the existing grant for the same name and parameters', async () => {
    const { kms, create } = await open();
    const { arn: KeyId } = await create('SYMMETRIC_DEFAULT');
    const GranteePrincipal = 'arn:aws:iam::222233334444:root';
    const grant = new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Decrypt'], Name: 'share' });
    const first = await kms.send(grant);
    expect((await kms.send(grant)).GrantId).toBe(first.GrantId);
    const other = new CreateGrantCommand({ ...grant.input, Operations: ['Encrypt'] });
    expect((await kms.send(other)).GrantId).not.toBe(first.GrantId);
    const bad = new CreateGrantCommand({ KeyId, GranteePrincipal: 'somebody', Operations: ['Decrypt'] });
    expect(await errorName(kms.send(bad))).toBe('InvalidArnException');
  });
});
