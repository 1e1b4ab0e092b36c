/** S3 through the SDK: objects, conditions, ranges, listings, multipart uploads, and refusals. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  paginateListObjectsV2,
  type ChecksumAlgorithm,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/contract.ts';
import { afterTest, control, errorName, openAccount } from './account.ts';

const Bucket = 'bakery-test';

function clientOf(sandbox: Sandbox, region = 'us-east-1', more: object = {}): S3Client {
  const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
  const { endpoint } = sandbox;
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...more,
  });
  afterTest(async () => client.destroy());
  return client;
}

async function open(options: Partial<SandboxOptions> = {}) {
  const { sandbox, state } = await openAccount(options);
  const s3 = clientOf(sandbox);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string, Body: string | Buffer, more: object = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const get = async (Key: string, more: object = {}) => {
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
    return { ...answer, text: await answer.Body?.transformToString() };
  };
  const contents = () => readdirSync(path.join(state, 'objects'));
  return { sandbox, state, s3, put, get, contents };
}

describe('objects', () => {
  test('are read back unchanged, with type, metadata, ETag and encryption', async () => {
    const { s3, put, get } = await open();
    const Key = 'a/ü +&=%?#~/file.txt';
    const written = await put(Key, 'hello', { ContentType: 'text/x', Metadata: { who: 'me', 'a-b': '1' } });
    expect(written.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    const read = await get(Key, { ChecksumMode: 'ENABLED' });
    expect(read).toMatchObject({
      text: 'hello',
      ContentType: 'text/x',
      ContentLength: 5,
      ETag: written.ETag,
      Metadata: { who: 'me', 'a-b': '1' },
      ServerSideEncryption: 'AES256',
      ChecksumCRC32: written.ChecksumCRC32,
      ChecksumType: 'FULL_OBJECT',
    });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: 5 });
    await put('empty', Buffer.alloc(0));
    expect(await get('empty')).toMatchObject({ text: '', ContentLength: 0 });
  });

  test('keep every kind of checksum, from a header or from a trailer', async () => {
    const { s3, get } = await open();
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as ChecksumAlgorithm[]) {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ChecksumAlgorithm }));
      // The client compares the bytes that it reads with the checksum.
      expect(await get('k', { ChecksumMode: 'ENABLED' })).toMatchObject({ text: 'hello' });
    }
    const big = Buffer.alloc(3_000_000, 'abc');
    const Body = Readable.from([big.subarray(0, 1_000_001), big.subarray(1_000_001)]);
    const streamed = await s3.send(
      new PutObjectCommand({ Bucket, Key: 's', Body, ContentLength: big.length, ContentEncoding: 'gzip' }),
    );
    expect(streamed.ChecksumCRC32).toBeDefined();
    const read = await get('s', { ChecksumMode: 'ENABLED' });
    expect([read.text?.length, read.ContentEncoding]).toEqual([big.length, 'gzip']);
  });

  test('are refused if the body differs from its headers', async () => {
    const { put, get, contents } = await open();
    expect(await errorName(put('k', 'x', { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest');
    expect(await errorName(put('k', 'x', { ContentMD5: 'AAAA' }))).toBe('InvalidDigest');
    expect(await errorName(put('k', 'x', { ContentMD5: 'XUFAKrxLKna5cZ2REBfFkg==' }))).toBe('BadDigest');
    expect(await errorName(get('k'))).toBe('NoSuchKey');
    expect(contents()).toEqual([]);
  });

  test('are written once with If-None-Match, and replaced only on a match with If-Match', async () => {
    const { put, get } = await open();
    expect(await errorName(put('k', 'a', { IfMatch: '"x"' }))).toBe('NoSuchKey');
    const { ETag } = await put('k', 'a', { IfNoneMatch: '*' });
    expect(await errorName(put('k', 'b', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
    expect(await errorName(put('k', 'b', { IfMatch: '"x"' }))).toBe('PreconditionFailed');
    await put('k', 'c', { IfMatch: ETag });
    expect((await get('k')).text).toBe('c');
    expect(await errorName(get('k', { IfMatch: ETag }))).toBe('PreconditionFailed');
    const same = await get('k', { IfNoneMatch: '*' }).catch((error: Error) => error);
    expect(same).toMatchObject({ $metadata: { httpStatusCode: 304 } });
  });

  test('are read by range', async () => {
    const { put, get } = await open();
    await put('k', '0123456789');
    const part = await get('k', { Range: 'bytes=2-4', ChecksumMode: 'ENABLED' });
    expect(part).toMatchObject({ text: '234', ContentLength: 3, ContentRange: 'bytes 2-4/10' });
    expect((await get('k', { Range: 'bytes=-3' })).text).toBe('789');
    expect((await get('k', { Range: 'bytes=8-99' })).text).toBe('89');
    expect((await get('k', { Range: 'lines=1-2' })).text).toBe('0123456789');
    expect(await errorName(get('k', { Range: 'bytes=10-' }))).toBe('InvalidRange');
  });

  test('are copied and deleted, and their bytes are removed with the last copy', async () => {
    const { s3, put, get, contents } = await open();
    await put('a b', 'x', { Metadata: { one: '1' } });
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/a%20b` }));
    expect(await get('c')).toMatchObject({ text: 'x', Metadata: { one: '1' } });
    expect(
      await errorName(s3.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource: `${Bucket}/c` }))),
    ).toBe('InvalidRequest');
    expect(contents()).toHaveLength(1);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a b' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a b' }));
    expect((await get('c')).text).toBe('x');
    for (const Key of ['c', 'never <was> & there']) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(contents()).toEqual([]);
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(await errorName(get('c'))).toBe('NoSuchBucket');
  });

  test('still exist after the account is opened again', async () => {
    const first = await open();
    await first.put('k', 'kept');
    await first.sandbox.close();
    writeFileSync(path.join(first.state, 'objects', 'left-by-a-crash.tmp'), 'half');
    const { sandbox } = await openAccount({ state: first.state });
    const read = await clientOf(sandbox).send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(await read.Body?.transformToString()).toBe('kept');
    expect(first.contents()).toHaveLength(1);
  });
});

describe('listings', () => {
  test('follow prefix and delimiter, page by page, in byte order', async () => {
    const { s3, put } = await open();
    for (const key of ['b/2', 'a/1', 'b/1', 'c', '\u{1f600}', '\uffee']) await put(key, key);
    const list = async (more: object) => s3.send(new ListObjectsV2Command({ Bucket, ...more }));
    const keys = async (more: object) => (await list(more)).Contents?.map(({ Key }) => Key);
    expect(await keys({})).toEqual(['a/1', 'b/1', 'b/2', 'c', '\uffee', '\u{1f600}']);
    expect(await keys({ Prefix: 'b/', StartAfter: 'b/1' })).toEqual(['b/2']);
    const rolled = await list({ Delimiter: '/' });
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'a/' }, { Prefix: 'b/' }]);
    expect(rolled.KeyCount).toBe(5);
    const paged: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket })) {
      expect(page.KeyCount).toBeLessThanOrEqual(2);
      paged.push(...(page.Contents ?? []).map(({ Key }) => Key));
    }
    expect(paged).toHaveLength(6);
    expect(await errorName(list({ ContinuationToken: 'bad' }))).toBe('InvalidArgument');
  });
});

describe('multipart uploads', () => {
  test('become one object with a composite ETag and checksum', async () => {
    const { s3, get, contents } = await open();
    const Key = 'big';
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32', Metadata: { m: '1' } }),
    );
    const bodies = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('end')];
    const Parts = [];
    for (const [at, Body] of bodies.entries()) {
      const PartNumber = at + 1;
      const part = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
    }
    expect(await errorName(get(Key))).toBe('NoSuchKey');
    const under = { Bucket, Key, UploadId };
    const complete = (parts: object[]) =>
      s3.send(new CompleteMultipartUploadCommand({ ...under, MultipartUpload: { Parts: parts } }));
    expect(await errorName(complete([...Parts].reverse()))).toBe('InvalidPartOrder');
    expect(await errorName(complete([{ PartNumber: 3, ETag: 'x' }]))).toBe('InvalidPart');
    const done = await complete(Parts);
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect(done.ChecksumCRC32).toMatch(/-2$/);
    const read = await get(Key);
    expect(read).toMatchObject({ ContentLength: 5 * 1024 * 1024 + 3, Metadata: { m: '1' } });
    expect(read.text?.endsWith('aend')).toBe(true);
    expect(contents()).toHaveLength(1);
    expect(await errorName(complete(Parts))).toBe('NoSuchUpload');
  });

  test('leave nothing behind when they are aborted', async () => {
    const { s3, contents } = await open();
    const under = { Bucket, Key: 'k' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(under));
    const small = { ...under, UploadId, Body: 'small' };
    const one = await s3.send(new UploadPartCommand({ ...small, PartNumber: 1 }));
    const two = await s3.send(new UploadPartCommand({ ...small, PartNumber: 2 }));
    const Parts = [one, two].map(({ ETag }, at) => ({ ETag, PartNumber: at + 1 }));
    const complete = new CompleteMultipartUploadCommand({ ...under, UploadId, MultipartUpload: { Parts } });
    expect(await errorName(s3.send(complete))).toBe('EntityTooSmall');
    await s3.send(new AbortMultipartUploadCommand({ ...under, UploadId }));
    expect(await errorName(s3.send(complete))).toBe('NoSuchUpload');
    expect(contents()).toEqual([]);
  });
});

describe('buckets', () => {
  test('belong to one Region, and can be located from every other Region', async () => {
    const { sandbox, s3 } = await open();
    const west = clientOf(sandbox, 'eu-west-1');
    const there = {
      Bucket: 'bakery-west',
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' as const },
    };
    const elsewhere = { ...there, CreateBucketConfiguration: { LocationConstraint: 'us-west-2' as const } };
    expect(await errorName(west.send(new CreateBucketCommand(elsewhere)))).toBe(
      'IllegalLocationConstraintException',
    );
    await west.send(new CreateBucketCommand(there));
    expect(await errorName(west.send(new CreateBucketCommand(there)))).toBe('BucketAlreadyOwnedByYou');
    await s3.send(new CreateBucketCommand({ Bucket }));
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(expect.arrayContaining([Bucket, 'bakery-west']));
    const wrong = new HeadBucketCommand({ Bucket: 'bakery-west' });
    expect(await errorName(s3.send(new GetObjectCommand({ Bucket: 'bakery-west', Key: 'k' })))).toBe(
      'PermanentRedirect',
    );
    const following = clientOf(sandbox, 'us-east-1', { followRegionRedirects: true });
    expect((await following.send(wrong)).BucketRegion).toBe('eu-west-1');
  });

  test.each([
    ['Bad_Name', 'InvalidBucketName'],
    ['xn--punycode', 'InvalidBucketName'],
    ['192.168.0.1', 'InvalidBucketName'],
  ])('are not called %s', async (name, code) => {
    const { s3 } = await open();
    expect(await errorName(s3.send(new CreateBucketCommand({ Bucket: name })))).toBe(code);
  });
});

describe('S3 requests', () => {
  test('with a presigned URL succeed until it expires, and unsigned requests fail', async () => {
    const { sandbox, put } = await open();
    await put('k', 'signed');
    const url = (seconds: number, age = 0) => {
      const date = new Date(Date.now() - age * 1000).toISOString().replace(/[-:]|\.\d{3}/g, '');
      const scope = encodeURIComponent(`AK/${date.slice(0, 8)}/us-east-1/s3/aws4_request`);
      return `${sandbox.endpoint}/${Bucket}/k?X-Amz-Credential=${scope}&X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-Signature=0`;
    };
    expect(await (await fetch(url(60))).text()).toBe('signed');
    expect((await fetch(`${url(60)}&response-content-type=text%2Fy`)).headers.get('content-type')).toBe(
      'text/y',
    );
    expect((await fetch(url(60, 120))).status).toBe(403);
    expect((await fetch(`${sandbox.endpoint}/${Bucket}/k`)).status).toBe(403);
  });

  test('for unsupported features get a 4xx response, which clients do not retry', async () => {
    const { sandbox } = await open();
    const authorization = 'AWS4-HMAC-SHA256 Credential=AK/20261121/us-east-1/s3/aws4_request';
    const answer = await fetch(`${sandbox.endpoint}/${Bucket}?acl`, { headers: { authorization } });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('<Code>NotImplemented</Code>'),
    ]);
  });

  test('are throttled with the error of S3, and a lost response loses no object', async () => {
    const { sandbox, put, get } = await open();
    await control(sandbox, 'faults', { throttle: 1 });
    expect(await errorName(put('k', 'x'))).toBe('SlowDown');
    await control(sandbox, 'faults', { lostAnswer: 1 });
    expect(await errorName(put('k', 'x'))).not.toBe('none');
    await control(sandbox, 'faults', {});
    expect((await get('k')).text).toBe('x');
  });
});
