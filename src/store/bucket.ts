/** Owns the store as an S3 prefix. */
import { isAws } from '../aws/errors.ts';
import { findBucket, getObject, hasObject, listObjects, putObject, type Bucket } from '../aws/objects.ts';
import type { Session } from '../aws/session.ts';
import { BakeError } from '../errors/bake-error.ts';
import { checkKey } from './keys.ts';
import type { Store } from './store.ts';

/** @param of.prefix empty or ending in a slash */
export function openBucketStore(of: { bucket: string; prefix: string; aws: Session; region: string }): Store {
  const { bucket: name, prefix, aws, region } = of;
  const bucket: Bucket = { aws, region, name };
  const uri = `s3://${name}/${prefix}`.replace(/\/$/, '');
  const uriOf = (key: string): string => `s3://${name}/${prefix}${checkKey(key)}`;
  const full = (key: string): string => `${prefix}${checkKey(key)}`;

  async function explained<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // HEAD of a bucket says no more than that it was not found.
      if (isAws(error, 'NoSuchBucket', 'NotFound')) {
        throw new BakeError('STORE_MISSING', { uri, bucket: name, region }, { cause: error });
      }
      if (isDenied(error)) {
        throw new BakeError('STORE_DENIED', { uri, action, reason: error.message }, { cause: error });
      }
      throw error;
    }
  }

  return {
    uri,
    uriOf,
    check: () => explained('s3:ListBucket', () => findBucket(bucket)),
    get: (key) => explained('s3:GetObject', () => getObject(bucket, full(key))),
    put: (key, bytes, { contentType, ifAbsent = false } = {}) =>
      explained('s3:PutObject', async () => {
        // Asked first: what is there need not be sent again only to be refused.
        if (ifAbsent && (await hasObject(bucket, full(key)))) return 'kept';
        return putObject(bucket, full(key), Buffer.from(bytes), { contentType, ifAbsent });
      }),
    list: (start) =>
      explained('s3:ListBucket', async () => {
        const keys = await listObjects(bucket, `${prefix}${start}`);
        return keys.map((key) => key.slice(prefix.length)).sort();
      }),
  };
}

/** The errors of HEAD have no name: the status tells. Bad credentials are 403 as well, and have a code of their own. */
function isDenied(error: unknown): error is BakeError {
  if (!(error instanceof BakeError)) return false;
  const { $metadata: answer } = error.cause as { $metadata?: { httpStatusCode?: number } };
  return error.code === 'AWS_DENIED' || (error.code === 'AWS_REFUSED' && answer?.httpStatusCode === 403);
}
