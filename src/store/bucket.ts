/** Implements the store as an S3 prefix. */
import { isAws } from '../aws/errors.ts';
import {
  addressOf,
  copyStoredObject,
  bucketRegion,
  getStoredObject,
  hasObject,
  listObjects,
  readObjectHead,
  putFile,
  putStoredObject,
  readObject,
  type S3Bucket,
} from '../aws/objects.ts';
import type { Session } from '../aws/session.ts';
import { BakeError } from '../errors/bake-error.ts';
import { checkKey } from './keys.ts';
import type { Store } from './store.ts';

/** Additional operations of a store in S3. They throw the same errors as those of Store. */
export interface BucketStore extends Store {
  /** The size, and the digest if the object was written with one; undefined if there is no such object. */
  look(key: string): Promise<{ size: number; sha256: string | undefined } | undefined>;
  /** The bytes as a stream; undefined if there is no such object. */
  read(key: string): Promise<AsyncIterable<Buffer> | undefined>;
  /** Copies an object to another key. */
  copy(from: string, to: string): Promise<void>;
  /** @returns a function that makes a signed https URL of a key. The URL is a secret and valid for some hours. */
  addresses(): Promise<(key: string) => Promise<string>>;
}

/** Lifetime of signed URLs in seconds; a URL signed with a role's credentials expires with them. */
const SIGNED_FOR = 12 * 3600;

/** @param of.prefix empty, or with a final slash */
export function openBucketStore(of: {
  bucket: string;
  prefix: string;
  aws: Session;
  region: string;
}): BucketStore {
  const { bucket: name, prefix, aws, region } = of;
  const bucket: S3Bucket = { aws, region, name };
  const uri = `s3://${name}/${prefix}`.replace(/\/$/, '');
  const uriOf = (key: string): string => `s3://${name}/${prefix}${checkKey(key)}`;
  const full = (key: string): string => `${prefix}${checkKey(key)}`;

  async function explained<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // HEAD of a bucket reports only NotFound.
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
    check: async () => void (await explained('s3:ListBucket', () => bucketRegion(bucket))),
    look: (key) => explained('s3:GetObject', () => readObjectHead(bucket, full(key))),
    read: (key) => explained('s3:GetObject', () => readObject(bucket, full(key))),
    copy: (from, to) => explained('s3:PutObject', () => copyStoredObject(bucket, full(from), full(to))),
    async addresses() {
      // A user may be allowed to read objects but not the bucket: then assume that it is in this Region.
      const home = await explained('s3:ListBucket', () => bucketRegion(bucket)).catch((error: unknown) => {
        if (error instanceof BakeError && error.code === 'STORE_DENIED') return region;
        throw error;
      });
      return (key) => addressOf({ ...bucket, region: home }, full(key), SIGNED_FOR);
    },
    get: (key) => explained('s3:GetObject', () => getStoredObject(bucket, full(key))),
    put: (key, bytes, { contentType, ifAbsent = false } = {}) =>
      explained('s3:PutObject', async () => {
        // HEAD first, to avoid uploading an object only for S3 to refuse it.
        if (ifAbsent && (await hasObject(bucket, full(key)))) return 'kept';
        return putStoredObject(bucket, full(key), Buffer.from(bytes), { contentType, ifAbsent });
      }),
    putFile: (key, file, { ifAbsent = false } = {}) =>
      explained('s3:PutObject', async () => {
        if (ifAbsent && (await hasObject(bucket, full(key)))) return 'kept';
        return putFile(bucket, full(key), file, { ifAbsent });
      }),
    list: (start) =>
      explained('s3:ListBucket', async () => {
        const keys = await listObjects(bucket, `${prefix}${start}`);
        return keys.map((key) => key.slice(prefix.length)).sort();
      }),
  };
}

/** Errors of HEAD have no name, only a status. Invalid credentials also give 403, but have their own error code. */
function isDenied(error: unknown): error is BakeError {
  if (!(error instanceof BakeError)) return false;
  const { $metadata: answer } = error.cause as { $metadata?: { httpStatusCode?: number } };
  return error.code === 'AWS_DENIED' || (error.code === 'AWS_REFUSED' && answer?.httpStatusCode === 403);
}
