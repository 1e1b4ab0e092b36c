/** Starts multipart uploads, receives their parts, and completes or aborts them. */
import { createHash, randomBytes } from 'node:crypto';
import type { Call } from '../call.ts';
import { putRow, type ObjectRow, type PartRow, type UploadRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { checksums, isChecksum } from './checksums.ts';
import { checkObjectKey, checksumOutput, putObjectRow, requireUpload } from './objects.ts';
import { findBucketRow, findUploadRow, removeUnusedContents, uploadKey } from './rows.ts';
import { checkConditions, encryptionOutput, readSettings, type SettingsInput } from './settings.ts';

/** Minimum size of every part except the last (S3 user guide, "Multipart upload limits"). */
const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 10_000;

interface Place {
  Bucket: string;
  Key: string;
}
interface UploadPlace extends Place {
  UploadId: string;
}

export function createMultipartUpload(
  input: Place & SettingsInput & { ChecksumAlgorithm?: string; ChecksumType?: 'COMPOSITE' | 'FULL_OBJECT' },
  call: Call,
): object {
  findBucketRow(call, input);
  checkObjectKey(input.Key);
  const name = (input.ChecksumAlgorithm ?? '').toUpperCase();
  if (name !== '' && !isChecksum(name)) {
    throw new AwsError('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  const algorithm = isChecksum(name) ? name : undefined;
  const type = input.ChecksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const row: UploadRow = {
    id: randomBytes(48).toString('base64url'),
    bucket: input.Bucket,
    key: input.Key,
    startedAt: call.now.toISOString(),
    settings: readSettings(input, call),
    checksum: algorithm && { name: algorithm, type },
    parts: [],
  };
  putRow(call.state, 'upload', uploadKey(row.bucket, row.id), row);
  return {
    Bucket: row.bucket,
    Key: row.key,
    UploadId: row.id,
    ...(algorithm ? { ChecksumAlgorithm: algorithm, ChecksumType: type } : {}),
    ...encryptionOutput(row.settings),
  };
}

export function uploadPart(input: UploadPlace & { PartNumber: number }, call: Call): object {
  findBucketRow(call, input);
  const upload = findUploadRow(call, input.Bucket, input.Key, input.UploadId);
  const { content, checksum } = requireUpload(call);
  const { PartNumber: number } = input;
  if (number < 1 || number > MAX_PARTS) {
    throw new AwsError(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
    );
  }
  if (upload.checksum && checksum && upload.checksum.name !== checksum.name) {
    throw new AwsError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.name}, actual checksum Type: ${checksum.name}`,
    );
  }
  content.keep();
  const part: PartRow = {
    number,
    sha256: content.sha256,
    size: content.size,
    etag: content.md5,
    modifiedAt: call.now.toISOString(),
    checksum: checksum?.value,
  };
  const before = upload.parts.filter((one) => one.number === number);
  const parts = [...upload.parts.filter((one) => one.number !== number), part];
  putRow(call.state, 'upload', uploadKey(upload.bucket, upload.id), { ...upload, parts });
  removeUnusedContents(
    call,
    before.map(({ sha256 }) => sha256),
  );
  return {
    ETag: `"${part.etag}"`,
    ...(checksum ? { [`Checksum${checksum.name}`]: checksum.value } : {}),
    ...encryptionOutput(upload.settings),
  };
}

interface CompleteInput extends UploadPlace {
  MultipartUpload?: { Parts?: { PartNumber?: number; ETag?: string }[] };
  MpuObjectSize?: number;
  IfMatch?: string;
  IfNoneMatch?: string;
}

export function completeMultipartUpload(input: CompleteInput, call: Call): object {
  findBucketRow(call, input);
  const upload = findUploadRow(call, input.Bucket, input.Key, input.UploadId);
  const parts = chosenParts(input, upload);
  checkConditions(input, call);
  const full = upload.checksum?.type === 'FULL_OBJECT' ? [upload.checksum.name] : [];
  const content = call.files.join(parts, full);
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== content.size) {
    content.drop();
    throw new AwsError('InvalidRequest', 'The provided x-amz-mp-object-size does not match the object size.');
  }
  content.keep();
  const row: ObjectRow = {
    bucket: input.Bucket,
    key: input.Key,
    sha256: content.sha256,
    size: content.size,
    etag: `${createHash('md5')
      .update(parts.map(({ etag }) => etag).join(''), 'hex')
      .digest('hex')}-${parts.length}`,
    modifiedAt: call.now.toISOString(),
    settings: upload.settings,
    checksum: wholeChecksum(upload, parts, content.checksums),
  };
  putObjectRow(call, row);
  call.state.remove('upload', uploadKey(upload.bucket, upload.id));
  removeUnusedContents(
    call,
    upload.parts.map(({ sha256 }) => sha256),
  );
  return {
    Location: `/${row.bucket}/${row.key}`,
    Bucket: row.bucket,
    Key: row.key,
    ETag: `"${row.etag}"`,
    ...checksumOutput(row),
    ...encryptionOutput(row.settings),
  };
}

/** @throws AwsError InvalidPart, InvalidPartOrder, EntityTooSmall, MalformedXML */
function chosenParts(input: CompleteInput, upload: UploadRow): PartRow[] {
  const wanted = input.MultipartUpload?.Parts ?? [];
  if (wanted.length === 0) {
    throw new AwsError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    );
  }
  const numbers = wanted.map(({ PartNumber: number = 0 }) => number);
  if (numbers.some((number, at) => at > 0 && number <= (numbers[at - 1] as number))) {
    throw new AwsError('InvalidPartOrder', 'The list of parts was not in ascending order.');
  }
  const parts = wanted.map(({ PartNumber: number, ETag: etag = '' }) => {
    const part = upload.parts.find((one) => one.number === number);
    if (part && part.etag === etag.replace(/^"|"$/g, '')) return part;
    throw new AwsError(
      'InvalidPart',
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    );
  });
  if (parts.slice(0, -1).some(({ size }) => size < MIN_PART_BYTES)) {
    throw new AwsError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  return parts;
}

/** A composite checksum is the checksum of the parts' checksums, and their count (same page as in checksums.ts). */
function wholeChecksum(
  { checksum }: UploadRow,
  parts: readonly PartRow[],
  full: Partial<Record<string, string>>,
): ObjectRow['checksum'] {
  if (!checksum) return undefined;
  const { name, type } = checksum;
  if (type === 'FULL_OBJECT') {
    const value = full[name];
    return value === undefined ? undefined : { name, value, type };
  }
  if (parts.some((part) => part.checksum === undefined)) return undefined;
  const state = checksums[name]();
  for (const part of parts) state.update(Buffer.from(part.checksum ?? '', 'base64'));
  return { name, value: `${state.digest().toString('base64')}-${parts.length}`, type };
}

export function abortMultipartUpload(input: UploadPlace, call: Call): object {
  findBucketRow(call, input);
  const upload = findUploadRow(call, input.Bucket, input.Key, input.UploadId);
  call.state.remove('upload', uploadKey(upload.bucket, upload.id));
  removeUnusedContents(
    call,
    upload.parts.map(({ sha256 }) => sha256),
  );
  return {};
}
