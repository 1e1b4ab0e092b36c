/**
 * Tests provenance from the statement to its verification: what is signed, by which key, and every way to be invalid.
 */
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../src/aws/session.ts';
import { envelopeText, keyIdOf, preAuthEncoding } from '../../src/provenance/dsse.ts';
import { findCheckout } from '../../src/provenance/git.ts';
import { openSigner, openVerifyKey } from '../../src/provenance/signer.ts';
import { PAYLOAD_TYPE, provenanceStatement, type StatementInputs } from '../../src/provenance/statement.ts';
import { checkEnvelope, verifyProvenance } from '../../src/provenance/verify.ts';
import type { Sandbox } from '../../src/sandbox/contract.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { imageKey } from '../../src/store/keys.ts';
import { openStore } from '../../src/store/store.ts';
import type { Ami } from '../../src/aws/images.ts';

let folder: string;
let sandbox: Sandbox;
let aws: Session;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bake-provenance-'));
  sandbox = await openSandbox({ state: path.join(folder, 'account'), rehearse: 'off' });
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials });
});
afterAll(async () => {
  aws.close();
  await sandbox.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const place = () => ({ aws, region: 'us-east-1', folder });
const hex = 'ab'.repeat(32);
const fingerprint = `sha256:${hex}`;

const inputs: StatementInputs = {
  build: {
    label: 'alinux2 x86_64',
    key: 'alinux2-x86_64',
    region: 'us-east-1',
    os: 'alinux2',
    arch: 'x86_64',
    parallelcluster: '3.15.1',
    user: 'ec2-user',
    base: { id: 'ami-00000000000000001', description: 'official', rootDevice: '/dev/xvda', sizeGiB: 35 },
    name: 'bakery-alinux2',
    fingerprint,
    prefix: 'bakery',
    recipe: 'recipes/standard.yaml',
    steps: [],
    rows: [],
    builder: { instanceType: 'c5.xlarge', volumeSize: undefined, kmsKey: 'alias/bakery' },
    engine: 'imagebuilder',
  } as unknown as StatementInputs['build'],
  regions: ['us-east-1', 'eu-west-1'],
  imageId: 'ami-0123456789abcdef0',
  partition: 'aws',
  carried: { 'ca corp': 'cd'.repeat(32), 'asset tool': 'ef'.repeat(32) },
  source: { commit: '1'.repeat(40), remote: 'https://git.corp.example/images.git' },
  run: '3f9c2a71',
  startedOn: '2026-11-21T10:00:00.000Z',
  finishedOn: '2026-11-21T10:30:00.000Z',
  builderId: 'urn:ami-bakery:account:111122223333',
  versions: { bake: '0.1.0' },
  byproducts: [{ name: 'sbom.cdx.json', uri: 'x', mediaType: 'y', content: 'the list' }],
};
const image: Pick<Ami, 'id' | 'region' | 'tags' | 'source'> = {
  id: inputs.imageId,
  region: 'us-east-1',
  tags: { 'bakery:fingerprint': fingerprint, 'bakery:run': inputs.run },
};

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

function signed(more: { payload?: string; payloadType?: string; key?: KeyObject } = {}): string {
  const { payloadType = PAYLOAD_TYPE, key = privateKey } = more;
  const payload = Buffer.from(more.payload ?? provenanceStatement(inputs));
  const sig = sign(
    key.asymmetricKeyType === 'ed25519' ? null : 'sha256',
    preAuthEncoding(payloadType, payload),
    key,
  );
  return envelopeText({ payloadType, payload, signatures: [{ keyid: '', sig }] });
}

describe('the statement', () => {
  it('names the image, its inputs, its builder and the related files', () => {
    const statement = JSON.parse(provenanceStatement(inputs)) as Record<string, unknown>;
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
      subject: [{ name: 'arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0', digest: { sha256: hex } }],
      predicate: {
        buildDefinition: {
          externalParameters: { os: 'alinux2', regions: ['us-east-1', 'eu-west-1'], engine: 'imagebuilder' },
          resolvedDependencies: [
            { name: 'base image', uri: 'arn:aws:ec2:us-east-1::image/ami-00000000000000001' },
            { name: 'ca corp', digest: { sha256: 'cd'.repeat(32) } },
            { name: 'asset tool', digest: { sha256: 'ef'.repeat(32) } },
            { uri: 'git+https://git.corp.example/images.git', digest: { gitCommit: '1'.repeat(40) } },
          ],
        },
        runDetails: {
          builder: { id: 'urn:ami-bakery:account:111122223333', version: { bake: '0.1.0' } },
          metadata: { invocationId: '3f9c2a71', startedOn: inputs.startedOn, finishedOn: inputs.finishedOn },
          byproducts: [
            { name: 'sbom.cdx.json', digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string } },
          ],
        },
      },
    });
  });

  it('is encoded as in the example of the DSSE protocol', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });
});

describe('an envelope', () => {
  it('that the key signed for this image is valid', () => {
    expect(checkEnvelope(signed(), publicKey, image)).toMatchObject({
      problems: [],
      run: '3f9c2a71',
      commit: '1'.repeat(40),
      builder: 'urn:ami-bakery:account:111122223333',
    });
  });

  it('is valid for copies, identified by their source in EC2 or else by their run', () => {
    const copy = { ...image, id: 'ami-0fedcba9876543210', region: 'eu-west-1' };
    const problems = (of: typeof image) => checkEnvelope(signed(), publicKey, of).problems;
    expect(problems(copy)).toEqual([]);
    expect(problems({ ...copy, source: { id: image.id, region: 'us-east-1' } })).toEqual([]);
    expect(problems({ ...copy, source: { id: 'ami-00000000000000009', region: 'us-east-1' } })).toEqual([
      expect.stringContaining('copied from ami-00000000000000009'),
    ]);
    expect(problems({ ...copy, tags: { ...image.tags, 'bakery:run': 'other' } })).toEqual([
      expect.stringContaining('belongs to run other'),
    ]);
  });

  it.each([
    [
      'another key',
      signed({ key: generateKeyPairSync('ed25519').privateKey }),
      'does not match the expected key',
    ],
    [
      'another kind of key',
      signed({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
      'does not match the expected key',
    ],
    ['a changed payload', alter(signed()), 'does not match the expected key'],
    ['another payload type', signed({ payloadType: 'text/plain' }), 'its payload type is text/plain'],
    ['another statement', signed({ payload: '{"_type":"x"}' }), 'not SLSA provenance'],
    ['a payload that is not JSON', signed({ payload: 'x' }), 'not SLSA provenance'],
    [
      'another image',
      signed({ payload: provenanceStatement({ ...inputs, imageId: 'ami-00000000000000007' }) }),
      'baked again',
    ],
    [
      'another fingerprint',
      signed({ payload: statementWith(`sha256:${'00'.repeat(32)}`) }),
      'the fingerprint of',
    ],
    ['text that is not JSON', '{', 'not JSON'],
    ['JSON that is not an envelope', '{}', 'not a DSSE envelope'],
    ['no signature', JSON.stringify({ payloadType: 'a', payload: '', signatures: [] }), 'no signature'],
  ])('with %s is refused', (_what, text, why) => {
    expect(checkEnvelope(text, publicKey, image).problems).toEqual([expect.stringContaining(why)]);
  });
});

function alter(text: string): string {
  const envelope = JSON.parse(text) as { payload: string };
  const payload = Buffer.from(envelope.payload, 'base64').toString().replace('alinux2', 'alinux3');
  return JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') });
}

function statementWith(print: string): string {
  return provenanceStatement({ ...inputs, build: { ...inputs.build, fingerprint: print } });
}

describe('keys', () => {
  const write = (name: string, content: string | Buffer, mode = 0o600): string => {
    fs.writeFileSync(path.join(folder, name), content);
    fs.chmodSync(path.join(folder, name), mode);
    return name;
  };
  const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;

  it('in KMS sign data of any length, which their public key verifies', async () => {
    const key = 'kms:alias/bakery-provenance';
    const signer = await openSigner(key, place());
    const bytes = Buffer.alloc(10_000, 'x');
    const sig = await signer.sign(bytes);
    const open = await openVerifyKey({ key }, { ...place(), folder: '/' });
    expect(verify('sha256', bytes, open, sig)).toBe(true);
    expect(keyIdOf(open)).toBe(keyIdOf(signer.publicKey));
  });

  it('in files sign with Ed25519 and P-256', async () => {
    for (const key of [privateKey, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey]) {
      const name = write('key.pem', pem(key));
      const signer = await openSigner(`file:${name}`, place());
      const pub = write('key.pub', signer.publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
      const open = await openVerifyKey({ key: `file:${name}`, publicKey: pub }, place());
      expect(
        verify(
          key === privateKey ? null : 'sha256',
          Buffer.from('x'),
          open,
          await signer.sign(Buffer.from('x')),
        ),
      ).toBe(true);
    }
  });

  it.each([
    ['that other users can read', () => `file:${write('open.pem', pem(privateKey), 0o640)}`, 'mode is 640'],
    ['that do not exist', () => 'file:none.pem', 'the file does not exist'],
    ['that are folders', () => 'file:account', 'folder'],
    ['that are other texts', () => `file:${write('text.pem', 'hello')}`, 'not a PEM key'],
    [
      'of type RSA',
      () => `file:${write('rsa.pem', pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey))}`,
      'type rsa',
    ],
    [
      'that are encrypted',
      () =>
        `file:${write('locked.pem', privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' }))}`,
      'encrypted',
    ],
    ['that do not exist in KMS', () => 'kms:alias/none', 'does not exist in KMS'],
    ['that only encrypt', () => 'kms:alias/bakery', 'not a signing key'],
  ])('%s are refused with what was found', async (_what, key, why) => {
    await expect(openSigner(key(), place())).rejects.toMatchObject({
      code: 'PROVENANCE_KEY',
      message: expect.stringContaining(why) as string,
    });
  });
});

describe('verifyProvenance', () => {
  it('also checks the files that the statement names', async () => {
    const store = await openStore('store', { aws, region: 'us-east-1', folder });
    const check = () => verifyProvenance(store, image as Ami, publicKey);
    expect((await check()).problems).toEqual([expect.stringContaining('does not exist')]);
    await store.put(imageKey({ fingerprint, run: '3f9c2a71' }, 'provenance'), signed());
    await store.put(imageKey({ fingerprint, run: '3f9c2a71' }, 'sbom'), 'the list');
    expect(await check()).toMatchObject({ problems: [], run: '3f9c2a71' });
    await store.put(imageKey({ fingerprint, run: '3f9c2a71' }, 'sbom'), 'another list');
    expect((await check()).problems).toEqual(['sbom.cdx.json changed after it was signed']);
    expect((await verifyProvenance(store, { ...image, tags: {} } as Ami, publicKey)).problems).toEqual([
      expect.stringContaining('bake did not make it'),
    ]);
  });
});

describe('the commit of a checkout', () => {
  it('is found from a subfolder with loose or packed refs, a detached HEAD or a worktree, and only in a checkout', async () => {
    const at = path.join(folder, 'checkout');
    const git = (...args: string[]) =>
      execFileSync(
        'git',
        ['-c', 'user.name=a', '-c', 'user.email=a@b.example', '-c', 'init.defaultBranch=main', ...args],
        {
          cwd: at,
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
        },
      ).trim();
    fs.mkdirSync(path.join(at, 'below'), { recursive: true });
    expect(await findCheckout(at)).toBeUndefined();
    git('init', '-q');
    expect(await findCheckout(at)).toBeUndefined();
    git('commit', '-q', '--allow-empty', '-m', 'one');
    const commit = git('rev-parse', 'HEAD');
    expect(await findCheckout(path.join(at, 'below'))).toEqual({ commit, remote: undefined });
    git('remote', 'add', 'origin', 'https://me:pass@git.corp.example/a.git');
    git('pack-refs', '--all');
    const packed = await findCheckout(at);
    expect(packed?.commit).toBe(commit);
    expect(packed?.remote).toContain('git.corp.example/a.git');
    expect(packed?.remote).not.toContain('pass');
    git('worktree', 'add', '-q', '--detach', '../tree');
    expect((await findCheckout(path.join(folder, 'tree')))?.commit).toBe(commit);
  });
});
