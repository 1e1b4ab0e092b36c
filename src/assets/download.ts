/** Owns one download: source after source until one has the locked bytes, and what is tried again. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPieces } from './hash-file.ts';
import { httpGet, withoutQuery, type HttpClient } from './http.ts';
import { createPartialFile, type PartialFile } from './partial-file.ts';
import { placeInTree } from './address-tree.ts';
import { assetError, AssetError } from './asset-error.ts';

export interface DownloadTask {
  name: string;
  /** Where it came from when it was locked. */
  url: string;
  /** Other addresses that the tree has it by. */
  also?: readonly string[] | undefined;
  /** Another address of the same, for a private repository: GitHub's API, with the token. */
  api?: string | undefined;
  size: number;
  sha256: string;
  /** Addresses to try, in order: file:///…, a mirror's, and last its own. */
  from: readonly string[];
}

export interface DownloadResult {
  task: DownloadTask;
  /** Bytes that came over the network or from a folder. */
  fetched: number;
  /** Bytes that a run before had fetched. */
  resumed: number;
  mtimeMs: number;
}

export interface DownloadContext {
  store: string;
  net: HttpClient;
  /** Milliseconds before the n-th new try. */
  backoff(tries: number): number;
  onBytes(bytes: number): void;
  signal: AbortSignal;
}

const TRIES = 5;
/** A try that got so far does not count: a large file over a poor line may need many. */
const PROGRESS = 1024 * 1024;

interface Work {
  task: DownloadTask;
  part: PartialFile;
  context: DownloadContext;
}

/** @throws AssetError the problem of the last source; retryable ones are tried again */
export async function download(task: DownloadTask, context: DownloadContext): Promise<DownloadResult> {
  const { store, signal } = context;
  const part = createPartialFile(store, task.sha256, task.size);
  let last: AssetError | undefined;
  for (const [index, from] of task.from.entries()) {
    try {
      await fromSource(from, { task, part, context });
      const mtimeMs = await part.finish();
      for (const url of [task.url, ...(task.also ?? [])]) placeInTree(store, url, task.sha256);
      return { task, fetched: part.fetched, resumed: part.resumed, mtimeMs };
    } catch (error) {
      part.close();
      if (!(error instanceof AssetError)) throw error;
      signal.throwIfAborted();
      // The origin speaks for itself; of a mirror, that it lacks the file says less than what comes after it.
      if (last === undefined || index === task.from.length - 1) last = error;
    }
  }
  throw last ?? assetError('ASSET_NOT_FETCHED', { name: task.name, store });
}

async function fromSource(from: string, work: Work): Promise<void> {
  const { task, part, context } = work;
  let authorized = false;
  let url = from;
  let whole = false;
  for (let tries = 1; ;) {
    const before = part.fetched;
    try {
      if (url.startsWith('file:')) fromFile(url, work);
      else await fromServer(url, work, authorized);
      return judge(from, work);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof AssetError)) throw error;
      const { code, retryable } = error.problem;
      // What was resumed may be of other bytes: once from its beginning, then it is so.
      if ((code === 'ASSET_CHANGED' || code === 'ASSET_LENGTH') && part.resumedAny && !whole) {
        whole = true;
        part.restart();
        continue;
      }
      if (code === 'ASSET_CHANGED') part.restart();
      const lacks = code === 'ASSET_NOT_FOUND' && from === task.url && context.net.token !== undefined;
      if (lacks && !authorized) {
        authorized = true;
        url = task.api ?? url;
        continue;
      }
      if (!retryable) throw error;
      if (part.fetched - before < PROGRESS) tries += 1;
      if (tries > TRIES) throw error;
      await sleep(context.backoff(tries), undefined, { signal: context.signal });
    }
  }
}

async function fromServer(url: string, { task, part, context }: Work, authorized: boolean): Promise<void> {
  const { name } = task;
  const at = part.resume();
  // All of it is there: the run before was killed between the last byte and its name.
  if (at === task.size && at > 0) return;
  const headers: Record<string, string> = { accept: 'application/octet-stream' };
  if (at > 0) {
    headers['range'] = `bytes=${at}-`;
    const etag = part.etag();
    if (etag !== undefined) headers['if-range'] = etag;
  }
  await httpGet(context.net, {
    name,
    url,
    headers,
    authorized,
    signal: context.signal,
    onAnswer(answer) {
      const { status } = answer;
      if (status === 416 || (status === 206 && !startsAt(answer.headers['content-range'], at))) {
        part.restart();
        const found = 'the range asked for is not what it answers with';
        throw assetError('ASSET_SERVER', { url, status, found }, true);
      }
      if (status === 200 && at > 0) part.restart();
      const length = answer.headers['content-length'];
      if (length !== undefined) mustBeWhole(part.size + Number(length), url, task);
      part.remember(answer.headers['etag']);
      return (piece) => {
        context.onBytes(piece.length);
        part.write(piece);
        if (part.size > task.size) mustBeWhole(part.size, url, task);
      };
    },
  });
  mustBeWhole(part.size, url, task);
}

function startsAt(range: string | undefined, at: number): boolean {
  return new RegExp(`^bytes ${at}-`).test(range ?? '');
}

/** From a folder: as good as any other source, its bytes are held against the same digest. */
function fromFile(url: string, { task, part, context }: Work): void {
  part.restart();
  let from: number;
  try {
    from = fs.openSync(new URL(url), 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const found = 'there is no such file';
      throw assetError('ASSET_NOT_FOUND', { name: task.name, url, status: 404, found });
    }
    throw assetError('ASSET_UNREACHABLE', { host: url, reason: message });
  }
  try {
    readPieces(from, task.size, (piece) => {
      context.onBytes(piece.length);
      part.write(piece);
      if (part.size > task.size) mustBeWhole(part.size, url, task);
    });
  } finally {
    fs.closeSync(from);
  }
  mustBeWhole(part.size, url, task);
}

function mustBeWhole(found: number, url: string, { name, size }: DownloadTask): void {
  if (found !== size) throw assetError('ASSET_LENGTH', { name, url, expected: size, found });
}

/** @throws AssetError ASSET_CHANGED: what came is not what was locked */
function judge(url: string, { task, part }: Work): void {
  const found = part.digest();
  if (found === task.sha256) return;
  const context = { name: task.name, url: shownText(url), expected: task.sha256, found, sameTree: false };
  throw assetError('ASSET_CHANGED', context);
}

function shownText(url: string): string {
  return URL.canParse(url) ? withoutQuery(new URL(url)) : url;
}
