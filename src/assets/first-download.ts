/**
 * Owns the request download of a file whose digest nobody told: it goes into the store under the one it turns out to
 * have. It is taken up where it stopped only where the server's strong ETag says that the bytes are the same, since no
 * digest would tell halves of two files apart.
 */
import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../util/files.ts';
import { sha256 } from '../util/sha256.ts';
import { httpGet, type HttpClient, type GetRequest } from './http.ts';
import { contentPath } from './paths.ts';
import { assetError, AssetError } from './asset-error.ts';

type Answer = Parameters<GetRequest['onAnswer']>[0];

export interface FirstDownload {
  name: string;
  url: string;
  /** Another address of the same, for a private repository: GitHub's API, with the token. */
  api?: string | undefined;
  /** Bytes, where somebody told. */
  size?: number | undefined;
}

export interface FirstDownloadContext {
  /** Absolute. */
  store: string;
  net: HttpClient;
  /** Milliseconds before the request new try; doubled for each. */
  backoff: number;
  signal: AbortSignal;
  /** Of a body, as it comes. */
  onBytes?: ((count: number) => void) | undefined;
}

const TRIES = 5;
/** A try that got so far does not count: a large file over a poor line may need many. */
const PROGRESS = 1024 * 1024;
const STRONG = /^"[\x21\x23-\x7e]{1,200}"$/;

/**
 * @param check throws where the digest is not as expected: nothing lands then
 * @throws AssetError ASSET_…
 */
export async function downloadFirstTime(
  request: FirstDownload,
  context: FirstDownloadContext,
  check: (sha256: string) => void,
): Promise<{ size: number; sha256: string }> {
  const part = path.join(context.store, 'partial', `first-${sha256(`${request.name} ${request.url}`)}`);
  const got = await downloadTo(part, request, context);
  try {
    check(got.sha256);
    const final = path.join(context.store, contentPath(got.sha256));
    makeFolder(path.dirname(final));
    fs.renameSync(part, final);
    return got;
  } finally {
    removePart(part);
  }
}

/**
 * Into that file, whatever it turns out to be; what of it came before is gone on from.
 * @throws AssetError ASSET_…
 */
export async function downloadTo(
  part: string,
  request: FirstDownload,
  context: Omit<FirstDownloadContext, 'store'>,
): Promise<{ size: number; sha256: string }> {
  const { net, signal } = context;
  makeFolder(path.dirname(part));
  let authorized = false;
  for (let tries = 1; ;) {
    const before = sizeOf(part);
    try {
      const url = authorized ? (request.api ?? request.url) : request.url;
      return await once(part, { ...request, url }, authorized, context);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AssetError)) throw error;
      if (error.problem.code === 'ASSET_NOT_FOUND' && !authorized && net.token !== undefined) {
        authorized = true;
        continue;
      }
      if (!error.problem.retryable) throw error;
      if (sizeOf(part) - before < PROGRESS) tries += 1;
      if (tries > TRIES) throw error;
      await sleep(context.backoff * 2 ** tries, undefined, { signal });
    }
  }
}

async function once(
  part: string,
  request: FirstDownload,
  authorized: boolean,
  { net, signal, onBytes }: Omit<FirstDownloadContext, 'store'>,
): Promise<{ size: number; sha256: string }> {
  const { name, url } = request;
  const etag = etagOf(part);
  const at = etag === undefined ? 0 : sizeOf(part);
  const headers = {
    accept: 'application/octet-stream',
    ...(etag !== undefined && at > 0 && { range: `bytes=${at}-`, 'if-range': etag }),
  };
  const hash = createHash('sha256');
  let size = 0;
  let fd: number | undefined;
  try {
    await httpGet(net, {
      name,
      url,
      authorized,
      headers,
      signal,
      onAnswer: (answer) => {
        begin(part, at, answer, url);
        const file = fs.openSync(part, 'a+');
        fd = file;
        size = hashed(file, hash);
        return (piece) => {
          hash.update(piece);
          for (let done = 0; done < piece.length;) done += fs.writeSync(file, piece, done);
          size += piece.length;
          onBytes?.(piece.length);
        };
      },
    });
    if (fd !== undefined) fs.fsyncSync(fd);
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
  if (request.size !== undefined && size !== request.size) {
    removePart(part);
    throw assetError('ASSET_LENGTH', { name, url, expected: request.size, found: size });
  }
  return { size, sha256: hash.digest('hex') };
}

/** Leaves of the part what the answer goes on from. @throws AssetError ASSET_SERVER */
function begin(part: string, at: number, { status, headers }: Answer, url: string): void {
  const goesOn = status === 206 && (headers['content-range'] ?? '').startsWith(`bytes ${at}-`);
  if (!goesOn) removePart(part);
  if (status !== 200 && !goesOn) {
    const found = 'the range asked for is not what it answers with';
    throw assetError('ASSET_SERVER', { url, status, found }, true);
  }
  const etag = headers['etag'];
  if (etag !== undefined && STRONG.test(etag)) fs.writeFileSync(`${part}.etag`, etag);
}

/** What an earlier try wrote. @returns bytes */
function hashed(fd: number, hash: Hash): number {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  let size = 0;
  for (let read: number; (read = fs.readSync(fd, buffer, 0, buffer.length, size)) > 0; size += read) {
    hash.update(buffer.subarray(0, read));
  }
  return size;
}

function sizeOf(part: string): number {
  return fs.statSync(part, { throwIfNoEntry: false })?.size ?? 0;
}

/** undefined: it cannot be gone on with. */
function etagOf(part: string): string | undefined {
  try {
    const text = fs.readFileSync(`${part}.etag`, 'utf8');
    return STRONG.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The file, and what is known of it. */
export function removePart(part: string): void {
  fs.rmSync(part, { force: true });
  fs.rmSync(`${part}.etag`, { force: true });
}
