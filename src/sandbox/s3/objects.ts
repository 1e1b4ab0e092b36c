/** Writes, reads, copies and deletes S3 objects. */
import type { Call, Handlers } from '../call.ts';
import { getRow, putRow, type ObjectRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findBucketRow, findObjectRow, objectKey, removeUnusedContents } from './rows.ts';
import {
  checkConditions,
  encryptionOutput,
  preconditionFailed,
  readSettings,
  settingsOutput,
  unquoteEtag,
  type SettingsInput,
} from './settings.ts';
import type { Upload } from './upload.ts';

export const objectOperations: Handlers = {
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  GetObject: getObject,
  HeadObject: headObject,
  PutObject: putObject,
};

interface Place {
  Bucket: string;
  Key: string;
}

/** S3 user guide, "Naming Amazon S3 objects". */
const KEY_BYTES = 1024;

/** @throws AwsError KeyTooLongError */
export function checkObjectKey(key: string): void {
  if (Buffer.byteLength(key) > KEY_BYTES) throw new AwsError('KeyTooLongError', 'Your key is too long');
}

/** The bytes that this request uploaded. @throws AwsError if there are none, or if receiving them failed a check */
export function requireUpload(call: Call): Exclude<Upload, { refusal: unknown }> {
  const { upload } = call;
  if (!upload)
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
  if ('refusal' in upload) throw upload.refusal;
  return upload;
}

function putObject(
  input: Place & SettingsInput & { IfMatch?: string; IfNoneMatch?: string; WriteOffsetBytes?: number },
  call: Call,
): object {
  findBucketRow(call, input);
  checkObjectKey(input.Key);
  if (input.WriteOffsetBytes !== undefined)
    throw new AwsError('InvalidRequest', 'Appending needs a directory bucket.');
  const { content, checksum } = requireUpload(call);
  checkConditions(input, call);
  const row: ObjectRow = {
    bucket: input.Bucket,
    key: input.Key,
    sha256: content.sha256,
    size: content.size,
    etag: content.md5,
    modifiedAt: call.now.toISOString(),
    settings: readSettings(input, call),
    checksum: checksum && { ...checksum, type: 'FULL_OBJECT' },
  };
  content.keep();
  putObjectRow(call, row);
  return { ETag: `"${row.etag}"`, ...checksumOutput(row), ...encryptionOutput(row.settings) };
}

/** Stores the object and removes the content of the object that it replaces. */
export function putObjectRow(call: Call, row: ObjectRow): void {
  const key = objectKey(row.bucket, row.key);
  const before = getRow(call.state, 'object', key);
  putRow(call.state, 'object', key, row);
  if (before && before.sha256 !== row.sha256) removeUnusedContents(call, [before.sha256]);
}

export function checksumOutput({ checksum }: ObjectRow): object {
  return checksum ? { [`Checksum${checksum.name}`]: checksum.value, ChecksumType: checksum.type } : {};
}

interface ReadInput extends Place {
  Range?: string;
  PartNumber?: number;
  ChecksumMode?: string;
  IfMatch?: string;
  IfNoneMatch?: string;
  IfModifiedSince?: Date;
  IfUnmodifiedSince?: Date;
  ResponseContentType?: string;
  ResponseContentDisposition?: string;
  ResponseCacheControl?: string;
  ResponseContentEncoding?: string;
  ResponseContentLanguage?: string;
}

function getObject(input: ReadInput, call: Call): object {
  const { row, part, output } = readHead(input, call);
  return { ...output, Body: call.files.open(row.sha256, part.start, part.length) };
}

/** GetObject without the bytes. Error responses to HEAD have no body, so clients see only the status. */
function headObject(input: ReadInput, call: Call): object {
  return readHead(input, call).output;
}

interface ObjectHead {
  row: ObjectRow;
  part: { start: number; length: number };
  output: object;
}

function readHead(input: ReadInput, call: Call): ObjectHead {
  findBucketRow(call, input);
  const row = findObjectRow(call, input.Bucket, input.Key);
  if (input.PartNumber !== undefined) {
    throw new AwsError('NotImplemented', 'The sandbox does not implement reading by partNumber.');
  }
  const modified = new Date(row.modifiedAt);
  checkRead(input, row, modified);
  const range = input.Range === undefined ? undefined : readRange(input.Range, row.size);
  const part = range ?? { start: 0, length: row.size };
  const output = {
    ...settingsOutput(row.settings),
    ...(input.ResponseContentType === undefined ? {} : { ContentType: input.ResponseContentType }),
    ...(input.ResponseContentDisposition === undefined
      ? {}
      : { ContentDisposition: input.ResponseContentDisposition }),
    ...(input.ResponseCacheControl === undefined ? {} : { CacheControl: input.ResponseCacheControl }),
    ...(input.ResponseContentEncoding === undefined
      ? {}
      : { ContentEncoding: input.ResponseContentEncoding }),
    ...(input.ResponseContentLanguage === undefined
      ? {}
      : { ContentLanguage: input.ResponseContentLanguage }),
    AcceptRanges: 'bytes',
    LastModified: modified,
    ETag: `"${row.etag}"`,
    ContentLength: part.length,
    ContentRange: range && `bytes ${part.start}-${part.start + part.length - 1}/${row.size}`,
    Status: range ? 206 : 200,
    // The checksum covers the whole object, so a client would report a mismatch for a range.
    ...(input.ChecksumMode === 'ENABLED' && !range ? checksumOutput(row) : {}),
  };
  return { row, part, output };
}

/** Checks conditions in the order of RFC 9110, 13.2.2. Times in HTTP headers have whole seconds. */
function checkRead(input: ReadInput, row: ObjectRow, modified: Date): void {
  const at = Math.floor(modified.getTime() / 1000) * 1000;
  if (input.IfMatch !== undefined) {
    if (input.IfMatch !== '*' && unquoteEtag(input.IfMatch) !== row.etag) throw preconditionFailed();
  } else if (input.IfUnmodifiedSince && at > input.IfUnmodifiedSince.getTime()) throw preconditionFailed();
  const same =
    input.IfNoneMatch === undefined
      ? input.IfModifiedSince !== undefined && at <= input.IfModifiedSince.getTime()
      : input.IfNoneMatch === '*' || unquoteEtag(input.IfNoneMatch) === row.etag;
  if (same) throw new AwsError('NotModified', 'Not Modified', 304, { etag: `"${row.etag}"` });
}

/** undefined if the text is not a byte range: S3 then returns the whole object. @throws AwsError InvalidRange */
function readRange(text: string, size: number): { start: number; length: number } | undefined {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text);
  if (!found || (found[1] === '' && found[2] === '')) return undefined;
  const [, first = '', last = ''] = found;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= size || end < start) {
    throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416, {
      'content-range': `bytes */${size}`,
    });
  }
  return { start, length: end - start + 1 };
}

interface CopyInput extends Place, SettingsInput {
  CopySource: string;
  MetadataDirective?: string;
  CopySourceIfMatch?: string;
  CopySourceIfNoneMatch?: string;
  IfMatch?: string;
  IfNoneMatch?: string;
}

function copyObject(input: CopyInput, call: Call): object {
  findBucketRow(call, input);
  checkObjectKey(input.Key);
  const source = findSource(input.CopySource, call);
  if (input.CopySourceIfMatch !== undefined && unquoteEtag(input.CopySourceIfMatch) !== source.etag)
    throw preconditionFailed();
  if (input.CopySourceIfNoneMatch !== undefined && unquoteEtag(input.CopySourceIfNoneMatch) === source.etag) {
    throw preconditionFailed();
  }
  checkConditions(input, call);
  const isReplaced = input.MetadataDirective === 'REPLACE';
  const asked = readSettings(input, call);
  if (
    !isReplaced &&
    source.bucket === input.Bucket &&
    source.key === input.Key &&
    !input.ServerSideEncryption
  ) {
    throw new AwsError(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  // Encryption comes from the request, never from the source (S3 API reference, CopyObject).
  const { encryption, kmsKey, bucketKey, storageClass } = asked;
  const row: ObjectRow = {
    ...source,
    bucket: input.Bucket,
    key: input.Key,
    modifiedAt: call.now.toISOString(),
    settings: isReplaced ? asked : { ...source.settings, encryption, kmsKey, bucketKey, storageClass },
  };
  putObjectRow(call, row);
  return {
    CopyObjectResult: {
      ETag: `"${row.etag}"`,
      LastModified: new Date(row.modifiedAt),
      ...checksumOutput(row),
    },
    ...encryptionOutput(row.settings),
  };
}

/** Finds the object of a CopySource: `[/]bucket/key`, URL-encoded. */
function findSource(source: string, call: Call): ObjectRow {
  const found = /^\/?([^/]+)\/([^?]+)$/.exec(source);
  let key: string | undefined;
  try {
    key = found?.[2] === undefined ? undefined : decodeURIComponent(found[2]);
  } catch {
    key = undefined;
  }
  if (!found || key === undefined) {
    throw new AwsError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  const bucket = found[1] as string;
  // The source bucket may be in another Region, which findBucketRow would refuse.
  const row = getRow(call.state, 'object', objectKey(bucket, key));
  if (row) return row;
  findBucketRow(call, { Bucket: bucket });
  return findObjectRow(call, bucket, key);
}

/** Deleting a missing object succeeds (S3 API reference, DeleteObject). */
function deleteObject(input: Place & { IfMatch?: string }, call: Call): object {
  findBucketRow(call, input);
  const row = getRow(call.state, 'object', objectKey(input.Bucket, input.Key));
  if (
    input.IfMatch !== undefined &&
    row &&
    input.IfMatch !== '*' &&
    unquoteEtag(input.IfMatch) !== row.etag
  ) {
    throw preconditionFailed();
  }
  removeObject(call, input.Bucket, input.Key);
  return {};
}

function removeObject(call: Call, bucket: string, key: string): void {
  const row = getRow(call.state, 'object', objectKey(bucket, key));
  if (!row) return;
  call.state.remove('object', objectKey(bucket, key));
  removeUnusedContents(call, [row.sha256]);
}
