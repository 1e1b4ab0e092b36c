/**
 * Downloads a file that has no known digest, and stores it under the digest that it turns out to have. It resumes only
 * where the server's strong ETag says that the bytes are the same: no digest would reveal halves of two files.
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

type Response = Parameters<GetRequest['onAnswer']>[0];

export interface FirstDownload {
  name: string;
  url: string;
  /** Its URL at GitHub's API, for a private repository; requested with the token. */
  api?: string | undefined;
  /** Bytes, where GitHub's API states them. */
  size?: number | undefined;
}

export interface FirstDownloadContext {
  /** Absolute. */
  store: string;
  client: HttpClient;
  /** Milliseconds before the first retry; doubled for each. */
  backoff: number;
  signal: AbortSignal;
  /** Called with the size of each piece of a body. */
  onBytes?: ((count: number) => void) | undefined;
}

const MAX_TRIES = 5;
/** An attempt that got this far does not count: a large file over a poor line may need many. */
const PROGRESS = 1024 * 1024;
const STRONG = /^"[\x21\x23-\x7e]{1,200}"$/;

/**
 * @param check throws where the digest is not the expected one; the file is then discarded
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
 * Downloads to that file whatever its digest is, resuming an earlier download.
 * @throws AssetError ASSET_…
 */
export async function downloadTo(
  part: string,
  request: FirstDownload,
  context: Omit<FirstDownloadContext, 'store'>,
): Promise<{ size: number; sha256: string }> {
  const { client, signal } = context;
  makeFolder(path.dirname(part));
  let authorized = false;
  for (let tries = 1; ;) {
    const before = sizeOf(part);
    try {
      const url = authorized ? (request.api ?? request.url) : request.url;
      return await attempt(part, { ...request, url }, authorized, context);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AssetError)) throw error;
      if (error.problem.code === 'ASSET_NOT_FOUND' && !authorized && client.token !== undefined) {
        authorized = true;
        continue;
      }
      if (!error.problem.retryable) throw error;
      if (sizeOf(part) - before < PROGRESS) tries += 1;
      if (tries > MAX_TRIES) throw error;
      await sleep(context.backoff * 2 ** tries, undefined, { signal });
    }
  }
}

async function attempt(
  part: string,
  request: FirstDownload,
  authorized: boolean,
  { client, signal, onBytes }: Omit<FirstDownloadContext, 'store'>,
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
    await httpGet(client, {
      name,
      url,
      authorized,
      headers,
      signal,
      onAnswer: (answer) => {
        preparePart(part, at, answer, url);
        const file = fs.openSync(part, 'a+');
        fd = file;
        size = hashExisting(file, hash);
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

/** Prepares the part for the response: keeps it to resume, or removes it. @throws AssetError ASSET_SERVER */
function preparePart(part: string, at: number, { status, headers }: Response, url: string): void {
  const resumes = status === 206 && (headers['content-range'] ?? '').startsWith(`bytes ${at}-`);
  if (!resumes) removePart(part);
  if (status !== 200 && !resumes) {
    const found = 'it answers with another range than requested';
    throw assetError('ASSET_SERVER', { url, status, found }, true);
  }
  const etag = headers['etag'];
  if (etag !== undefined && STRONG.test(etag)) fs.writeFileSync(`${part}.etag`, etag);
}

/** Hashes what an earlier attempt wrote. @returns bytes */
function hashExisting(fd: number, hash: Hash): number {
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

/** undefined: the download cannot resume. */
function etagOf(part: string): string | undefined {
  try {
    const text = fs.readFileSync(`${part}.etag`, 'utf8');
    return STRONG.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the part and its ETag. */
export function removePart(part: string): void {
  fs.rmSync(part, { force: true });
  fs.rmSync(`${part}.etag`, { force: true });
}
