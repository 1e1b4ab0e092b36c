/** Headers, user metadata and encryption of objects, and the preconditions of reads and writes. */
import type { Call } from '../call.ts';
import { findKey } from '../kms/keys.ts';
import { getRow, type ObjectSettings } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { objectKey } from './rows.ts';

export interface SettingsInput {
  ACL?: string;
  CacheControl?: string;
  ContentDisposition?: string;
  ContentEncoding?: string;
  ContentLanguage?: string;
  ContentType?: string;
  Metadata?: Record<string, string>;
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
  SSECustomerAlgorithm?: string;
  BucketKeyEnabled?: boolean;
  StorageClass?: string;
}

/** S3 user guide, "User-defined object metadata": 2 KB for all keys and values together. */
const METADATA_BYTES = 2048;

/** @throws AwsError AccessControlListNotSupported, NotImplemented, MetadataTooLarge, KMS.NotFoundException */
export function readSettings(input: SettingsInput, call: Call): ObjectSettings {
  // New buckets have ACLs disabled since April 2023 (S3 user guide, "Controlling ownership of objects").
  if (input.ACL !== undefined && input.ACL !== 'private' && input.ACL !== 'bucket-owner-full-control') {
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  if (input.SSECustomerAlgorithm !== undefined) {
    throw new AwsError('NotImplemented', 'The sandbox does not implement SSE-C.');
  }
  const metadata = input.Metadata ?? {};
  const bytes = Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name + value),
    0,
  );
  if (bytes > METADATA_BYTES) {
    throw new AwsError('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size');
  }
  return {
    contentType: input.ContentType ?? 'binary/octet-stream',
    cacheControl: input.CacheControl,
    contentDisposition: input.ContentDisposition,
    // aws-chunked is the encoding of the request and not of the object.
    contentEncoding: (input.ContentEncoding ?? '').replace(/(^|,\s*)aws-chunked\b,?\s*/, '') || undefined,
    contentLanguage: input.ContentLanguage,
    metadata,
    ...encryption(input, call),
    storageClass: input.StorageClass,
  };
}

/** SSE-S3 is the default (S3 user guide, "Setting default server-side encryption behavior"). */
function encryption(
  input: SettingsInput,
  call: Call,
): Pick<ObjectSettings, 'encryption' | 'kmsKey' | 'bucketKey'> {
  const kind = input.ServerSideEncryption ?? 'AES256';
  if (kind === 'AES256') {
    if (input.SSEKMSKeyId === undefined) return { encryption: kind };
    throw new AwsError(
      'InvalidArgument',
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    );
  }
  if (input.SSEKMSKeyId === undefined) return { encryption: kind, bucketKey: input.BucketKeyEnabled };
  try {
    const { arn } = findKey(call, input.SSEKMSKeyId);
    return { encryption: kind, kmsKey: arn, bucketKey: input.BucketKeyEnabled };
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError(`KMS.${error.code}`, error.message);
    throw error;
  }
}

/** Response headers of GET and HEAD. */
export function settingsOutput(settings: ObjectSettings): object {
  return {
    ContentType: settings.contentType,
    CacheControl: settings.cacheControl,
    ContentDisposition: settings.contentDisposition,
    ContentEncoding: settings.contentEncoding,
    ContentLanguage: settings.contentLanguage,
    Metadata: settings.metadata,
    StorageClass: settings.storageClass === 'STANDARD' ? undefined : settings.storageClass,
    ...encryptionOutput(settings),
  };
}

export function encryptionOutput({ encryption: kind, kmsKey, bucketKey }: ObjectSettings): object {
  return {
    ServerSideEncryption: kind,
    SSEKMSKeyId: kmsKey,
    BucketKeyEnabled: kind === 'aws:kms' ? bucketKey : undefined,
  };
}

/**
 * Refuses a write if its precondition does not hold (S3 user guide, "Conditional writes").
 * @throws AwsError PreconditionFailed, NoSuchKey, NotImplemented
 */
export function checkConditions(
  input: { Bucket: string; Key: string; IfMatch?: string; IfNoneMatch?: string },
  call: Call,
): void {
  const existing = getRow(call.state, 'object', objectKey(input.Bucket, input.Key));
  if (input.IfNoneMatch !== undefined) {
    if (input.IfNoneMatch !== '*') {
      throw new AwsError(
        'NotImplemented',
        'A header you provided implies functionality that is not implemented',
      );
    }
    if (existing) throw preconditionFailed();
  }
  if (input.IfMatch === undefined) return;
  if (!existing) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  if (unquoteEtag(input.IfMatch) !== existing.etag) throw preconditionFailed();
}

export function preconditionFailed(): AwsError {
  return new AwsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
  );
}

export function unquoteEtag(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}
