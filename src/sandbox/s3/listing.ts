/** Handles ListObjectsV2: filters keys by prefix, groups them at a delimiter, and pages the result. */
import type { Call } from '../call.ts';
import type { ObjectRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { OWNER } from './buckets.ts';
import { findBucketRow } from './rows.ts';

interface ListInput {
  Bucket: string;
  Prefix?: string;
  Delimiter?: string;
  MaxKeys?: number;
  StartAfter?: string;
  ContinuationToken?: string;
  EncodingType?: string;
  FetchOwner?: boolean;
}

/** An object's key, or without `row` a common prefix of several keys. */
type Entry = { name: string; row?: ObjectRow };

const MAX_KEYS = 1000;

export function listObjectsV2(input: ListInput, call: Call): object {
  findBucketRow(call, input);
  const { Prefix: prefix = '', Delimiter: delimiter, StartAfter: startAfter, EncodingType: encoding } = input;
  const asked = input.MaxKeys ?? MAX_KEYS;
  if (asked < 0)
    throw new AwsError('InvalidArgument', 'Argument maxKeys must be an integer between 0 and 2147483647');
  const size = Math.min(asked, MAX_KEYS);
  const after = input.ContinuationToken === undefined ? startAfter : decode(input.ContinuationToken);
  const rest = entries(call, input.Bucket, prefix, delimiter).filter(
    ({ name }) => after === undefined || compare(name, after) > 0,
  );
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const isTruncated = rest.length > page.length && last !== undefined;
  const shown = (text: string): string => (encoding === 'url' ? urlEncoded(text) : text);
  return {
    Name: input.Bucket,
    Prefix: shown(prefix),
    Delimiter: delimiter === undefined ? undefined : shown(delimiter),
    StartAfter: startAfter === undefined ? undefined : shown(startAfter),
    EncodingType: encoding,
    MaxKeys: asked,
    KeyCount: page.length,
    IsTruncated: isTruncated,
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: isTruncated ? encode(last.name) : undefined,
    Contents: page.flatMap(({ row }) => (row ? [contents(row, shown, input.FetchOwner ?? false)] : [])),
    CommonPrefixes: page.flatMap(({ name, row }) => (row ? [] : [{ Prefix: shown(name) }])),
  };
}

function entries(call: Call, bucket: string, prefix: string, delimiter: string | undefined): Entry[] {
  const rows = (call.state.list('object', `${bucket} ${prefix}`) as ObjectRow[]).sort((a, b) =>
    compare(a.key, b.key),
  );
  const found: Entry[] = [];
  for (const row of rows) {
    const cut = delimiter === undefined || delimiter === '' ? -1 : row.key.indexOf(delimiter, prefix.length);
    if (cut === -1) found.push({ name: row.key, row });
    else {
      const name = row.key.slice(0, cut + (delimiter as string).length);
      if (found.at(-1)?.name !== name) found.push({ name });
    }
  }
  return found;
}

function contents(row: ObjectRow, shown: (text: string) => string, withOwner: boolean): object {
  return {
    Key: shown(row.key),
    LastModified: new Date(row.modifiedAt),
    ETag: `"${row.etag}"`,
    Size: row.size,
    StorageClass: row.settings.storageClass ?? 'STANDARD',
    ChecksumAlgorithm: row.checksum && [row.checksum.name],
    ChecksumType: row.checksum?.type,
    Owner: withOwner ? { ID: OWNER } : undefined,
  };
}

/** Orders keys by their UTF-8 bytes (S3 API reference, ListObjectsV2). */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function encode(key: string): string {
  return Buffer.from(`1${key}`).toString('base64');
}

function decode(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (text.startsWith('1')) return text.slice(1);
  throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect');
}

function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/%2F/g, '/')
    .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
