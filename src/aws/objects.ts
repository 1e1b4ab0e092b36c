/** Owns the S3 calls: objects of one bucket, read, written once or anew, and listed. */
import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { BakeError } from '../errors/bake-error.ts';
import { isAws } from './errors.ts';
import type { Session } from './session.ts';

export interface Bucket {
  aws: Session;
  region: string;
  name: string;
}

/** The SDK would print a warning where a stream is not sent again: putFile does that. */
const quiet = (): void => {};
const SILENT = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };

/**
 * Path style where an endpoint is given: no name server knows `bucket.127.0.0.1`. A bucket of another Region is
 * followed there.
 */
function clientOf({ aws, region }: Bucket): S3Client {
  return aws.client(
    's3',
    region,
    (config) =>
      new S3Client({
        ...config,
        forcePathStyle: config.endpoint !== undefined,
        followRegionRedirects: true,
        logger: SILENT,
      }),
  );
}

/** @returns the Region it is in @throws NotFound */
export async function findBucket(bucket: Bucket): Promise<string> {
  const { BucketRegion } = await clientOf(bucket).send(new HeadBucketCommand({ Bucket: bucket.name }));
  return BucketRegion ?? bucket.region;
}

/** The Region a bucket is in, wherever it is asked from. @throws NotFound */
export async function bucketRegion(bucket: Bucket): Promise<string> {
  const { BucketRegion } = await clientOf(bucket).send(new HeadBucketCommand({ Bucket: bucket.name }));
  return BucketRegion ?? bucket.region;
}

/** undefined: there is no such object. */
export async function getObject(bucket: Bucket, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await clientOf(bucket).send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (isAws(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** The bytes as they come; undefined: there is no such object. */
export async function readObject(bucket: Bucket, key: string): Promise<AsyncIterable<Buffer> | undefined> {
  try {
    const { Body } = await clientOf(bucket).send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    return Body as AsyncIterable<Buffer> | undefined;
  } catch (error) {
    if (isAws(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/**
 * Size, and the digest S3 itself took of an object that was written with one ("Checking object integrity", S3 user
 * guide): no byte is read. undefined: there is no such object.
 */
export async function lookAtObject(
  bucket: Bucket,
  key: string,
): Promise<{ size: number; sha256: string | undefined } | undefined> {
  const request = new HeadObjectCommand({ Bucket: bucket.name, Key: key, ChecksumMode: 'ENABLED' });
  try {
    const { ContentLength = 0, ChecksumSHA256 } = await clientOf(bucket).send(request);
    // `…-N` is a digest of digests of parts.
    const whole = ChecksumSHA256?.includes('-') === false ? Buffer.from(ChecksumSHA256, 'base64') : undefined;
    return { size: ContentLength, sha256: whole?.toString('hex') };
  } catch (error) {
    if (isAws(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** Inside the bucket, nothing goes over the network here; the digest goes with it. */
export async function copyObject(bucket: Bucket, from: string, to: string): Promise<void> {
  const source = `${bucket.name}/${from.split('/').map(encodeURIComponent).join('/')}`;
  await clientOf(bucket).send(
    new CopyObjectCommand({
      Bucket: bucket.name,
      Key: to,
      CopySource: source,
      ChecksumAlgorithm: 'SHA256',
    }),
  );
}

type Signer = Awaited<ReturnType<S3Client['config']['signer']>>;
type HttpRequest = Parameters<Signer['sign']>[0];
interface Presigner {
  presign(request: HttpRequest, options: { expiresIn: number }): Promise<HttpRequest>;
}

/**
 * An https address that gets the object without credentials, for as long: signed as S3's own presigner does ("Sharing
 * objects with presigned URLs", S3 user guide). Nothing is asked. It is a secret.
 * @param bucket.region the bucket's own
 * @param seconds at most seven days; credentials that end before end it
 */
export async function addressOf(bucket: Bucket, key: string, seconds: number): Promise<string> {
  const client = clientOf(bucket);
  const command = new GetObjectCommand({ Bucket: bucket.name, Key: key });
  let made: HttpRequest | undefined;
  command.middlewareStack.add(
    () => (args) => {
      made = args.request as HttpRequest;
      return Promise.resolve({ response: {}, output: { $metadata: {} } });
    },
    { step: 'finalizeRequest', priority: 'high', name: 'bakeAddress' },
  );
  await client.send(command);
  const { protocol, hostname, port, path } = made as HttpRequest;
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  const request = { method: 'GET', protocol, hostname, port, path, query: {}, headers };
  const signer = (await client.config.signer()) as Signer & Presigner;
  const signed = await signer.presign(request as HttpRequest, { expiresIn: seconds });
  const query = Object.entries(signed.query ?? {}).map(([name, value]) => [name, String(value)]);
  return `${protocol}//${host}${path}?${new URLSearchParams(query).toString()}`;
}

/** HEAD answers a missing bucket like a missing object: the write that follows tells them apart. */
export async function hasObject(bucket: Bucket, key: string): Promise<boolean> {
  try {
    await clientOf(bucket).send(new HeadObjectCommand({ Bucket: bucket.name, Key: key }));
    return true;
  } catch (error) {
    if (isAws(error, 'NotFound', 'NoSuchKey', 'NoSuchBucket')) return false;
    throw error;
  }
}

/**
 * Writes an object whole.
 * @param options.ifAbsent S3 itself refuses to replace one (`If-None-Match: *`; S3 user guide, "Conditional writes")
 */
export async function putObject(
  bucket: Bucket,
  key: string,
  bytes: Buffer,
  { contentType, ifAbsent }: { contentType?: string | undefined; ifAbsent: boolean },
): Promise<'written' | 'kept'> {
  const request = new PutObjectCommand({
    Bucket: bucket.name,
    Key: key,
    Body: bytes,
    ContentType: contentType ?? 'application/octet-stream',
    ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
  });
  try {
    await clientOf(bucket).send(request);
    return 'written';
  } catch (error) {
    // 409: another writer of the same key was quicker; keys that are made once hold the digest of their bytes.
    if (ifAbsent && isAws(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return 'kept';
    throw error;
  }
}

/** How often a file is sent: the SDK tries no stream a second time. */
const SENDINGS = 5;

/**
 * Writes a file as an object, from disk; S3 refuses other bytes than those of the digest ("Checking object integrity",
 * S3 user guide). One request takes 5 GiB.
 * @param options.ifAbsent as putObject
 */
export async function putFile(
  bucket: Bucket,
  key: string,
  { source, size, sha256 }: { source: string; size: number; sha256: string },
  { ifAbsent }: { ifAbsent: boolean },
): Promise<'written' | 'kept'> {
  for (let sending = 1; ; sending++) {
    const body = createReadStream(source);
    const giveUp = new AbortController();
    try {
      await clientOf(bucket).send(
        new PutObjectCommand({
          Bucket: bucket.name,
          Key: key,
          Body: body,
          ContentLength: size,
          ContentType: 'application/octet-stream',
          ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
          ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
        }),
        { abortSignal: giveUp.signal },
      );
      return 'written';
    } catch (error) {
      // S3 may answer before it has all: the rest is not to be sent, nor to be waited for.
      giveUp.abort();
      if (ifAbsent && isAws(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return 'kept';
      if (sending === SENDINGS || !mayPass(error)) throw error;
    } finally {
      body.destroy();
    }
    await sleep(250 * 2 ** sending);
  }
}

/** Nobody answered, or S3 was not well: worth another go. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof BakeError)) return false;
  const { $metadata: answer } = error.cause as { $metadata?: { httpStatusCode?: number } };
  const status = answer?.httpStatusCode ?? 0;
  return error.code === 'AWS_UNREACHABLE' || error.code === 'AWS_QUOTA' || status >= 500 || status === 429;
}

/** Every key that starts with `prefix`. */
export async function listObjects(bucket: Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  const pages = paginateListObjectsV2({ client: clientOf(bucket) }, { Bucket: bucket.name, Prefix: prefix });
  for await (const page of pages) keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
  return keys;
}
