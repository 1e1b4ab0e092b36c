/**
 * Owns the first download of a file whose digest nobody told: it goes into the store under the one it turns out to
 * have. It is taken up where it stopped only where the server's strong ETag says that the bytes are the same, since no
 * digest would tell halves of two files apart.
 */
import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../util/files.ts';
import { sha256 } from '../util/sha256.ts';
import { get, type Net, type Wanted } from './http.ts';
import { contentPath } from './paths.ts';
import { trouble, Troubled } from './trouble.ts';

type Answer = Parameters<Wanted['onAnswer']>[0];

export interface First {
  name: string;
  url: string;
  /** Another address of the same, for a private repository: GitHub's API, with the token. */
  api?: string | undefined;
  /** Bytes, where somebody told. */
  size?: number | undefined;
}

export interface Around {
  /** Absolute. */
  store: string;
  net: Net;
  /** Milliseconds before the first new try; doubled for each. */
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
 * @throws Troubled ASSET_…
 */
export async function firstDownload(
  first: First,
  around: Around,
  check: (sha256: string) => void,
): Promise<{ size: number; sha256: string }> {
  const part = path.join(around.store, 'partial', `first-${sha256(`${first.name} ${first.url}`)}`);
  const got = await downloadTo(part, first, around);
  try {
    check(got.sha256);
    const final = path.join(around.store, contentPath(got.sha256));
    makeFolder(path.dirname(final));
    fs.renameSync(part, final);
    return got;
  } finally {
    forget(part);
  }
}

/**
 * Into that file, whatever it turns out to be; what of it came before is gone on from.
 * @throws Troubled ASSET_…
 */
export async function downloadTo(
  part: string,
  first: First,
  around: Omit<Around, 'store'>,
): Promise<{ size: number; sha256: string }> {
  const { net, signal } = around;
  makeFolder(path.dirname(part));
  let authorized = false;
  for (let tries = 1; ;) {
    const before = sizeOf(part);
    try {
      const url = authorized ? (first.api ?? first.url) : first.url;
      return await once(part, { ...first, url }, authorized, around);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Troubled)) throw error;
      if (error.trouble.code === 'ASSET_NOT_FOUND' && !authorized && net.token !== undefined) {
        authorized = true;
        continue;
      }
      if (!error.trouble.passing) throw error;
      if (sizeOf(part) - before < PROGRESS) tries += 1;
      if (tries > TRIES) throw error;
      await sleep(around.backoff * 2 ** tries, undefined, { signal });
    }
  }
}

async function once(
  part: string,
  first: First,
  authorized: boolean,
  { net, signal, onBytes }: Omit<Around, 'store'>,
): Promise<{ size: number; sha256: string }> {
  const { name, url } = first;
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
    await get(net, {
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
  if (first.size !== undefined && size !== first.size) {
    forget(part);
    throw trouble('ASSET_LENGTH', { name, url, expected: first.size, found: size });
  }
  return { size, sha256: hash.digest('hex') };
}

/** Leaves of the part what the answer goes on from. @throws Troubled ASSET_SERVER */
function begin(part: string, at: number, { status, headers }: Answer, url: string): void {
  const goesOn = status === 206 && (headers['content-range'] ?? '').startsWith(`bytes ${at}-`);
  if (!goesOn) forget(part);
  if (status !== 200 && !goesOn) {
    const found = 'the range asked for is not what it answers with';
    throw trouble('ASSET_SERVER', { url, status, found }, true);
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
export function forget(part: string): void {
  fs.rmSync(part, { force: true });
  fs.rmSync(`${part}.etag`, { force: true });
}
