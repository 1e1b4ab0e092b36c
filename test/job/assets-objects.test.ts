/** Tests S3 as mirror and as source: streamed, asked in order, verified by the digests that S3 keeps. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { PutObjectCommand, S3Client, CreateBucketCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../src/aws/session.ts';
import { fetchLocked } from '../../src/assets/project.ts';
import { writeLock } from '../../src/assets/lock.ts';
import { mirrorToObjects } from '../../src/assets/mirror.ts';
import { contentPath } from '../../src/assets/paths.ts';
import { checkObjects } from '../../src/assets/verify-objects.ts';
import { openSandbox } from '../../src/sandbox/open.ts';
import { openBucketStore, type BucketStore } from '../../src/store/bucket.ts';
import { sha256 } from '../../src/util/sha256.ts';
import { bake } from '../support/bake.ts';
import { emptyFolder } from '../support/project.ts';
import { fakeGitHub, release, type FakeGitHub } from '../assets/support/github.ts';
import { filesBelow, placeFor, refused, type Place } from '../assets/support/place.ts';

let github: FakeGitHub;
let sandbox: Awaited<ReturnType<typeof openSandbox>>;
let aws: Session;
let s3: S3Client;
let place: Place;
let bucket: BucketStore;
let prefix = 0;
const small = randomBytes(20_000);
const large = randomBytes(5 * 1024 * 1024);
const emit = (): void => {};
const { signal } = new AbortController();

beforeAll(async () => {
  github = await fakeGitHub();
  release(github, 'acme/tool', 'v1', 'tool+1.bin', small);
  release(github, 'acme/tool', 'v1', 'large.bin', large);
  sandbox = await openSandbox({ state: emptyFolder() });
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  aws = openSession({ env: {}, endpoint: sandbox.endpoint, credentials });
  s3 = aws.client('s3', 'us-east-1', (config) => new S3Client({ ...config, forcePathStyle: true }));
  await s3.send(new CreateBucketCommand({ Bucket: 'mirror' }));
});
afterAll(async () => {
  aws.close();
  await sandbox.close();
  await github.close();
});

const assets = `assets:
  - { name: tool, release: { repo: acme/tool, tag: latest, file: tool+1.bin } }
  - { name: large, release: { repo: acme/tool, tag: v1, file: large.bin } }
`;

beforeEach(async () => {
  place = placeFor(github);
  place.write(assets);
  await place.lock();
  github.sent.clear();
  bucket = openBucketStore({ bucket: 'mirror', prefix: `p${(prefix += 1)}/`, aws, region: 'us-east-1' });
});

async function published(full = false) {
  const held = (await place.open()).requireLock();
  const request = { assets: held.assets, store: place.store, lock: writeLock(held), full, emit, signal };
  return mirrorToObjects(bucket, request);
}

async function checked(full = false) {
  const { assets: held } = (await place.open()).requireLock();
  return checkObjects({ assets: held, bucket, full, emit, signal });
}

const put = (key: string, bytes: Buffer | string) =>
  s3.send(new PutObjectCommand({ Bucket: 'mirror', Key: `p${prefix}/${key}`, Body: bytes }));

/** Makes a project with an empty store and the lock of `place`. */
function elsewhere(sources: string, origin = false): Place {
  const other = placeFor(github);
  other.write(`sources: [${sources}]\norigin: ${origin}\n${assets}`);
  fs.copyFileSync(`${place.folder}/assets.lock`, `${other.folder}/assets.lock`);
  return other;
}

async function fetchedBy(other: Place) {
  const project = await other.open();
  const addressOf = await bucket.addresses();
  return fetchLocked(project, {
    full: false,
    addressIn: (source, key) => {
      expect(source).toBe(bucket.uri);
      return addressOf(key);
    },
    emit,
    signal,
  });
}

describe('a mirror in a bucket', () => {
  it('has the content and every URL, uploaded once, and is verified without reading a byte', async () => {
    await place.fetch();
    const keys = 5;
    expect(await published()).toMatchObject({ written: { files: keys }, kept: 0 });
    expect(await checked()).toMatchObject({ files: keys, read: 0, findings: [] });
    expect(await published()).toMatchObject({ written: { files: 0 }, kept: keys });
    const puts = aws.calls.get('s3:PutObject') ?? 0;
    expect(await published(true)).toMatchObject({ kept: keys });
    // Only the lock is written each time.
    expect((aws.calls.get('s3:PutObject') ?? 0) - puts).toBe(1);
    const host = new URL(github.web).host;
    for (const tag of ['download/v1', 'latest/download']) {
      const got = await bucket.get(`${host}/acme/tool/releases/${tag}/tool+1.bin`);
      expect(sha256(got ?? '')).toBe(sha256(small));
    }
  });

  it('is reported object by object when someone changed it, and fixed', async () => {
    await place.fetch();
    await published();
    const host = new URL(github.web).host;
    await put(contentPath(sha256(large)), randomBytes(large.length));
    await put(`${host}/acme/tool/releases/download/v1/large.bin`, 'short');
    await put('sha256/ff/left', 'x');
    const gone = `p${prefix}/${host}/acme/tool/releases/latest/download/tool+1.bin`;
    await s3.send(new DeleteObjectCommand({ Bucket: 'mirror', Key: gone }));
    const { findings, read } = await checked();
    expect(
      findings.map(({ kind, name, reason }) => [kind, name, reason.split(' ').slice(1).join(' ')]),
    ).toEqual(
      expect.arrayContaining([
        ['damaged', 'large', expect.stringMatching(/^has sha256 [0-9a-f]{64}$/)],
        ['damaged', 'large', 'has 5 bytes'],
        ['missing', 'tool', 'is missing'],
        ['stray', 'sha256/ff/left', 'lock does not name it'],
      ]),
    );
    expect(findings).toHaveLength(4);
    // The object was written without its SHA-256, so the check has to read it.
    expect(read).toBe(large.length);
    expect(await published()).toMatchObject({ written: { files: 3 } });
    expect((await checked()).findings).toMatchObject([{ kind: 'stray' }]);
    expect((await checked(true)).read).toBe(2 * large.length + 3 * small.length);
  });

  it('refuses a damaged store', async () => {
    await place.fetch();
    fs.writeFileSync(place.at(contentPath(sha256(large))), randomBytes(large.length));
    expect(await refused(published())).toMatchObject([{ code: 'ASSET_DIGEST' }]);
    expect(await bucket.list('sha256/')).not.toContain(contentPath(sha256(large)));
  });
});

describe('a bucket as source', () => {
  beforeEach(async () => {
    await place.fetch();
    await published();
    github.sent.clear();
  });

  it('serves all files, and fetch resumes where a run stopped', async () => {
    const other = elsewhere(bucket.uri);
    fs.mkdirSync(other.at('partial'), { recursive: true });
    fs.writeFileSync(other.at('partial', sha256(large)), large.subarray(0, 3_000_000));
    expect(await fetchedBy(other)).toMatchObject({
      fetched: { files: 2, bytes: small.length + large.length - 3_000_000 },
      resumed: 3_000_000,
    });
    expect((await other.verify()).findings).toEqual([]);
    expect(github.sent.size).toBe(0);
  });

  it('is asked in order: files that an earlier source has are not read from it', async () => {
    const before = emptyFolder();
    fs.mkdirSync(`${before}/sha256/${sha256(large).slice(0, 2)}`, { recursive: true });
    fs.copyFileSync(place.at(contentPath(sha256(large))), `${before}/${contentPath(sha256(large))}`);
    // Other content in the bucket would be reported as a change.
    await put(contentPath(sha256(large)), 'wrong');
    expect(await fetchedBy(elsewhere(`file://${before}, ${bucket.uri}`))).toMatchObject({
      fetched: { files: 2 },
    });
  });

  it('leaves missing or wrong files to the next source, and the last error shows no signature', async () => {
    await put(contentPath(sha256(large)), randomBytes(large.length));
    await s3.send(
      new DeleteObjectCommand({ Bucket: 'mirror', Key: `p${prefix}/${contentPath(sha256(small))}` }),
    );
    expect(await fetchedBy(elsewhere(bucket.uri, true))).toMatchObject({ fetched: { files: 2 } });
    expect([...github.sent.values()].reduce((sum, bytes) => sum + bytes, 0)).toBe(
      large.length + small.length,
    );
    const other = elsewhere(bucket.uri);
    const errors = await refused(fetchedBy(other));
    expect(errors.map(({ code }) => code).sort()).toEqual(['ASSET_CHANGED', 'ASSET_NOT_FOUND']);
    expect(JSON.stringify(errors.map(({ message, hint }) => message + hint))).not.toMatch(/X-Amz|Signature/);
    expect(filesBelow(other.store).filter((file) => !/^(partial\/|index)/.test(file))).toEqual([]);
  });

  it('is fetched from and verified by the command, which reports a missing bucket', async () => {
    const env = {
      AWS_ENDPOINT_URL: sandbox.endpoint,
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
    };
    const other = elsewhere(bucket.uri);
    const run = (...args: string[]) =>
      bake(['assets', ...args, '--json'], { cwd: other.folder, env: { ...other.env, ...env } });
    expect(JSON.parse((await run('fetch')).stdout)).toMatchObject({ fetched: { files: 2 } });
    await put(contentPath(sha256(large)), 'wrong');
    const wrong = await run('verify', '--to', bucket.uri);
    expect([wrong.exitCode, JSON.parse(wrong.stdout)]).toMatchObject([
      1,
      { store: bucket.uri, files: 4, read: 0, findings: [{ kind: 'damaged', name: 'large' }] },
    ]);
    other.write(`sources: ["s3://no-such-bucket-here/x"]\n${assets}`);
    fs.rmSync(other.store, { recursive: true });
    const without = await run('fetch');
    expect(JSON.parse(without.stdout)).toMatchObject({ fetched: { files: 2 } });
    expect(without.stderr).toContain('the source s3://no-such-bucket-here/x is skipped');
    const missing = await run('verify', '--to', 's3://no-such-bucket-here/x');
    expect([missing.exitCode, missing.stdout]).toEqual([3, expect.stringContaining('STORE_MISSING')]);
  });
});
