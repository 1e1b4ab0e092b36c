/** Makes the S3 calls: reads, writes, copies and lists the objects of one bucket. */
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

export interface S3Bucket {
  aws: Session;
  region: string;
  name: string;
}

/** Hides the warning of the SDK that it does not retry streams, because putFile retries them. */
const quiet = (): void => {};
const SILENT = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet };

/**
 * With an endpoint the client uses path-style addresses, because DNS cannot resolve `bucket.127.0.0.1`. It follows
 * redirects to a bucket in another Region.
 */
function clientOf({ aws, region }: S3Bucket): S3Client {
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

/** @returns the Region of the bucket, which may differ from that of the client @throws NotFound */
export async function bucketRegion(bucket: S3Bucket): Promise<string> {
  const { BucketRegion } = await clientOf(bucket).send(new HeadBucketCommand({ Bucket: bucket.name }));
  return BucketRegion ?? bucket.region;
}

/** The content of an object; undefined: it does not exist. */
export async function getStoredObject(bucket: S3Bucket, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await clientOf(bucket).send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (isAws(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** The content of an object as a stream; undefined: it does not exist. */
export async function readObject(bucket: S3Bucket, key: string): Promise<AsyncIterable<Buffer> | undefined> {
  try {
    const { Body } = await clientOf(bucket).send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    return Body as AsyncIterable<Buffer> | undefined;
  } catch (error) {
    if (isAws(error, 'NoSuchKey')) return undefined;
    throw error;
  }
}

/**
 * The size of an object, and its digest if it was written with one (S3 user guide, "Checking object integrity"), without
 * reading its content. undefined: it does not exist.
 */
export async function readObjectHead(
  bucket: S3Bucket,
  key: string,
): Promise<{ size: number; sha256: string | undefined } | undefined> {
  const request = new HeadObjectCommand({ Bucket: bucket.name, Key: key, ChecksumMode: 'ENABLED' });
  try {
    const { ContentLength = 0, ChecksumSHA256 } = await clientOf(bucket).send(request);
    // `…-N` is a digest of the digests of N parts.
    const whole = ChecksumSHA256?.includes('-') === false ? Buffer.from(ChecksumSHA256, 'base64') : undefined;
    return { size: ContentLength, sha256: whole?.toString('hex') };
  } catch (error) {
    if (isAws(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  }
}

/** Copies an object inside S3, together with its digest. */
export async function copyStoredObject(bucket: S3Bucket, from: string, to: string): Promise<void> {
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
 * A presigned https URL, which reads the object without credentials (S3 user guide, "Sharing objects with presigned
 * URLs"). It makes no call. The URL is a secret.
 * @param bucket.region the Region of the bucket itself
 * @param seconds of validity: at most seven days, and not longer than the credentials
 */
export async function addressOf(bucket: S3Bucket, key: string, seconds: number): Promise<string> {
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

/** Whether the object exists. HEAD cannot distinguish a missing bucket from a missing object; the following write can. */
export async function hasObject(bucket: S3Bucket, key: string): Promise<boolean> {
  try {
    await clientOf(bucket).send(new HeadObjectCommand({ Bucket: bucket.name, Key: key }));
    return true;
  } catch (error) {
    if (isAws(error, 'NotFound', 'NoSuchKey', 'NoSuchBucket')) return false;
    throw error;
  }
}

/**
 * Writes a complete object.
 * @param options.ifAbsent S3 refuses to replace an object (`If-None-Match: *`; S3 user guide, "Conditional writes")
 */
export async function putStoredObject(
  bucket: S3Bucket,
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
    // 409: another process wrote the same key first. Such keys contain the digest of their content, so it is the same.
    if (ifAbsent && isAws(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return 'kept';
    throw error;
  }
}

/** How often to send a file, because the SDK does not retry streams. */
const SENDINGS = 5;

/** A file on disk. */
interface StoredFile {
  source: string;
  size: number;
  sha256: string;
}

/**
 * Writes a file from disk as an object. S3 compares the content with the digest (S3 user guide, "Checking object
 * integrity"). One request accepts up to 5 GiB.
 * @param options.ifAbsent as putObject
 */
export async function putFile(
  bucket: S3Bucket,
  key: string,
  file: StoredFile,
  options: { ifAbsent: boolean },
): Promise<'written' | 'kept'> {
  const { aws, region } = bucket;
  return aws.patience.call(`s3 in ${region}`, () => sendFile(bucket, key, file, options));
}

async function sendFile(
  bucket: S3Bucket,
  key: string,
  { source, size, sha256 }: StoredFile,
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
      // S3 may answer before it has received everything; do not send the rest.
      giveUp.abort();
      if (ifAbsent && isAws(error, 'PreconditionFailed', 'ConditionalRequestConflict')) return 'kept';
      if (sending === SENDINGS || !isTemporary(error)) throw error;
    } finally {
      body.destroy();
    }
    await sleep(250 * 2 ** sending);
  }
}

/** Whether a retry can help: there was no answer, or S3 had a temporary error. */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof BakeError)) return false;
  const { $metadata: answer } = error.cause as { $metadata?: { httpStatusCode?: number } };
  const status = answer?.httpStatusCode ?? 0;
  return error.code === 'AWS_UNREACHABLE' || error.code === 'AWS_QUOTA' || status >= 500 || status === 429;
}

/** Every key that starts with `prefix`. */
export async function listObjects(bucket: S3Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  const pages = paginateListObjectsV2({ client: clientOf(bucket) }, { Bucket: bucket.name, Prefix: prefix });
  for await (const page of pages) keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
  return keys;
}
