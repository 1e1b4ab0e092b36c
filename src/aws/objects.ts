/** Owns the S3 calls: objects of one bucket, read, written once or anew, and listed. */
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { isAws } from './errors.ts';
import type { Session } from './session.ts';

export interface Bucket {
  aws: Session;
  region: string;
  name: string;
}

/**
 * Path style where an endpoint is given: no name server knows `bucket.127.0.0.1`. A bucket of another Region is
 * followed there.
 */
function clientOf({ aws, region }: Bucket): S3Client {
  return aws.client(
    's3',
    region,
    (config) =>
      new S3Client({ ...config, forcePathStyle: config.endpoint !== undefined, followRegionRedirects: true }),
  );
}

/** @throws NotFound */
export async function findBucket(bucket: Bucket): Promise<void> {
  await clientOf(bucket).send(new HeadBucketCommand({ Bucket: bucket.name }));
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

/** Every key that starts with `prefix`. */
export async function listObjects(bucket: Bucket, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  const pages = paginateListObjectsV2({ client: clientOf(bucket) }, { Bucket: bucket.name, Prefix: prefix });
  for await (const page of pages) keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
  return keys;
}
