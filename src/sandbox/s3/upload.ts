/** Receives an upload: streams the body to disk and compares it with the request headers. */
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../wire/aws-error.ts';
import { readChunked } from './chunked.ts';
import { checksums, isChecksum, type ChecksumName } from './checksums.ts';
import type { ReceivedContent, ObjectFiles } from './files.ts';

/** S3 accepts at most 5 GiB in one PUT (S3 user guide, "Uploading objects"). */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

type Headers = Readonly<Record<string, string | undefined>>;

/** The received content, or the error to return. The error is sent after routing, in the format of the protocol. */
export type Upload =
  | { content: ReceivedContent; checksum: { name: ChecksumName; value: string } | undefined }
  | { refusal: AwsError };

/** True if the body of the request is object content, that is for a PUT of a key. */
export function isUpload(method: string | undefined, url: string, headers: Headers): boolean {
  const [path = '', query = ''] = url.split('?');
  const signed =
    headers['authorization'] ?? decodeURIComponent(/X-Amz-Credential=([^&]*)/.exec(query)?.[1] ?? '');
  const isS3 = /\/s3\/aws4_request/.test(signed) || /(^|&)AWSAccessKeyId=/.test(query);
  return method === 'PUT' && isS3 && /^\/[^/]+\/./.test(path);
}

/** Reads the whole body even after an error, because clients send all of it before they read the response. */
export async function receiveUpload(
  request: IncomingMessage,
  headers: Headers,
  files: ObjectFiles,
): Promise<Upload> {
  const isChunked = /(^|,\s*)aws-chunked\b/.test(headers['content-encoding'] ?? '');
  const chunked = isChunked ? readChunked() : undefined;
  const receiver = files.receive(namedChecksums(headers));
  let refusal: AwsError | undefined;
  let size = 0;
  const take = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > MAX_PUT_BYTES) {
      throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.');
    }
    receiver.write(bytes);
  };
  try {
    for await (const bytes of request as AsyncIterable<Buffer>) {
      if (refusal) continue;
      refusal = attempt(() => (chunked ? chunked.push(bytes, take) : take(bytes)));
    }
    let trailers: Record<string, string> = {};
    refusal ??= attempt(() => {
      trailers = chunked?.end() ?? {};
    });
    const content = receiver.finish();
    refusal ??= attempt(() => compare({ ...headers, ...trailers }, content, isChunked));
    if (refusal) {
      content.drop();
      return { refusal };
    }
    const [name] = namedChecksums(headers);
    const value = name && content.checksums[name];
    return { content, checksum: name && value !== undefined ? { name, value } : undefined };
  } catch (error) {
    receiver.abort();
    throw error;
  }
}

function attempt(work: () => void): AwsError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

/** The algorithms that the headers name, including the announced trailers. */
function namedChecksums(headers: Headers): ChecksumName[] {
  const trailer = headers['x-amz-trailer'] ?? '';
  const names = Object.keys(checksums).filter((name) => {
    const header = `x-amz-checksum-${name.toLowerCase()}`;
    return (
      headers[header] !== undefined ||
      trailer
        .toLowerCase()
        .split(/\s*,\s*/)
        .includes(header)
    );
  });
  const asked = (headers['x-amz-sdk-checksum-algorithm'] ?? '').toUpperCase();
  return [...new Set([...names, asked])].filter(isChecksum);
}

/** @throws AwsError BadDigest, InvalidDigest, IncompleteBody, XAmzContentSHA256Mismatch (S3 "Error responses") */
function compare(headers: Headers, content: ReceivedContent, isChunked: boolean): void {
  for (const name of Object.keys(checksums).filter(isChecksum)) {
    const expected = headers[`x-amz-checksum-${name.toLowerCase()}`];
    if (expected !== undefined && expected !== content.checksums[name]) {
      throw new AwsError('BadDigest', `The ${name} you specified did not match the calculated checksum.`);
    }
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined) {
    const expected = Buffer.from(md5, 'base64');
    if (expected.length !== 16)
      throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid.');
    if (expected.toString('hex') !== content.md5) {
      throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
  }
  const length = headers[isChunked ? 'x-amz-decoded-content-length' : 'content-length'];
  if (length !== undefined && Number(length) !== content.size) {
    throw new AwsError('IncompleteBody', 'You did not provide the number of bytes specified by the headers.');
  }
  const signed = headers['x-amz-content-sha256'];
  if (signed !== undefined && /^[0-9a-f]{64}$/.test(signed) && signed !== content.sha256) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
}
