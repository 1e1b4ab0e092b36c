/** Keys of S3's rows, and look-ups of buckets, objects and uploads that fail with S3's errors. */
import type { Call } from '../call.ts';
import { getRow, rowKey, type BucketRow, type ObjectRow, type UploadRow } from '../tables.ts';
import type { Reader } from '../store/store.ts';
import { AwsError } from '../wire/aws-error.ts';

/** Bucket names are global, so this takes the place of the Region in the keys of their rows. */
const EVERYWHERE = 's3';

export const bucketKey = (name: string): string => rowKey(EVERYWHERE, name);
export const objectKey = (bucket: string, key: string): string => rowKey(bucket, key);
export const uploadKey = (bucket: string, id: string): string => rowKey(bucket, id);

export function listBuckets({ state }: Pick<Call, 'state'>): BucketRow[] {
  return state.list('bucket', `${EVERYWHERE} `) as BucketRow[];
}

/**
 * Finds the bucket of a request.
 * @throws AwsError NoSuchBucket; PermanentRedirect in a Region other than the bucket's; AccessDenied for another owner
 */
export function findBucketRow(
  call: Call,
  input: { Bucket: string; ExpectedBucketOwner?: string },
): BucketRow {
  const bucket = getRow(call.state, 'bucket', bucketKey(input.Bucket));
  if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket.region !== call.region) {
    throw new AwsError(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint.',
      301,
      { 'x-amz-bucket-region': bucket.region },
    );
  }
  if (input.ExpectedBucketOwner !== undefined && input.ExpectedBucketOwner !== call.account) {
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  }
  return bucket;
}

/** @throws AwsError NoSuchKey */
export function findObjectRow(call: Call, bucket: string, key: string): ObjectRow {
  const object = getRow(call.state, 'object', objectKey(bucket, key));
  if (!object) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  return object;
}

/** The object at `s3://bucket/key`, for services that read it on behalf of the caller. */
export function objectAt(from: Reader, uri: string): ObjectRow | undefined {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  return getRow(from, 'object', objectKey(bucket, key));
}

/** @throws AwsError NoSuchUpload */
export function findUploadRow(call: Call, bucket: string, key: string, id: string): UploadRow {
  const upload = getRow(call.state, 'upload', uploadKey(bucket, id));
  if (!upload || upload.key !== key) {
    throw new AwsError(
      'NoSuchUpload',
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      404,
    );
  }
  return upload;
}

/** Digests of the contents that objects and unfinished uploads refer to. */
export function contentsInUse(state: Reader): Set<string> {
  return new Set([
    ...(state.list('object') as ObjectRow[]).map(({ sha256 }) => sha256),
    ...(state.list('upload') as UploadRow[]).flatMap(({ parts }) => parts.map(({ sha256 }) => sha256)),
  ]);
}

/** Removes those of `contents` that nothing refers to any more, once the transaction is durable. */
export function removeUnusedContents(call: Call, contents: readonly string[]): void {
  if (contents.length === 0) return;
  call.afterwards(() => {
    const used = contentsInUse(call.state);
    for (const sha256 of contents) if (!used.has(sha256)) call.files.remove(sha256);
  });
}
