/** Downloads one locked file: tries source after source until one has the locked bytes, and retries where that can help. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPieces } from './hash-file.ts';
import { httpGet, withoutQuery, type HttpClient } from './http.ts';
import { createPartialFile, type PartialFile } from './partial-file.ts';
import { placeInTree } from './address-tree.ts';
import { assetError, AssetError } from './asset-error.ts';

export interface DownloadTask {
  name: string;
  /** The URL it had when it was locked. */
  url: string;
  /** Other URLs under which the tree links it. */
  also?: readonly string[] | undefined;
  /** Its URL at GitHub's API, for a private repository; requested with the token. */
  api?: string | undefined;
  size: number;
  sha256: string;
  /** URLs to try, in order: file:///…, a mirror's, and its own last. */
  from: readonly string[];
}

export interface DownloadResult {
  task: DownloadTask;
  /** Bytes received from the network or a folder. */
  fetched: number;
  /** Bytes that an earlier run had fetched. */
  resumed: number;
  mtimeMs: number;
}

export interface DownloadContext {
  store: string;
  client: HttpClient;
  /** Milliseconds before the n-th retry. */
  backoff(tries: number): number;
  onBytes(bytes: number): void;
  signal: AbortSignal;
}

const MAX_TRIES = 5;
/** An attempt that got this far does not count: a large file over a poor line may need many. */
const PROGRESS = 1024 * 1024;

interface Work {
  task: DownloadTask;
  part: PartialFile;
  context: DownloadContext;
}

/** @throws AssetError the problem of the last source, after retries where they could help */
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
      // The origin's problem is the one to report: that a mirror lacks the file says less than what follows it.
      if (last === undefined || index === task.from.length - 1) last = error;
    }
  }
  throw last ?? assetError('ASSET_NOT_FETCHED', { name: task.name, store });
}

async function fromSource(from: string, work: Work): Promise<void> {
  const { task, part, context } = work;
  let authorized = false;
  let url = from;
  let restarted = false;
  for (let tries = 1; ;) {
    const before = part.fetched;
    try {
      if (url.startsWith('file:')) fromFile(url, work);
      else await fromServer(url, work, authorized);
      return checkDigest(from, work);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof AssetError)) throw error;
      const { code, retryable } = error.problem;
      // A resumed part may belong to other bytes: fetch the file once from its beginning before judging it.
      if ((code === 'ASSET_CHANGED' || code === 'ASSET_LENGTH') && part.resumedAny && !restarted) {
        restarted = true;
        part.restart();
        continue;
      }
      if (code === 'ASSET_CHANGED') part.restart();
      const isMissing = code === 'ASSET_NOT_FOUND' && from === task.url && context.client.token !== undefined;
      if (isMissing && !authorized) {
        authorized = true;
        url = task.api ?? url;
        continue;
      }
      if (!retryable) throw error;
      if (part.fetched - before < PROGRESS) tries += 1;
      if (tries > MAX_TRIES) throw error;
      await sleep(context.backoff(tries), undefined, { signal: context.signal });
    }
  }
}

async function fromServer(url: string, { task, part, context }: Work, authorized: boolean): Promise<void> {
  const { name } = task;
  const at = part.resume();
  // The part is complete: the earlier run was killed before it renamed it.
  if (at === task.size && at > 0) return;
  const headers: Record<string, string> = { accept: 'application/octet-stream' };
  if (at > 0) {
    headers['range'] = `bytes=${at}-`;
    const etag = part.etag();
    if (etag !== undefined) headers['if-range'] = etag;
  }
  await httpGet(context.client, {
    name,
    url,
    headers,
    authorized,
    signal: context.signal,
    onAnswer(answer) {
      const { status } = answer;
      if (status === 416 || (status === 206 && !startsAt(answer.headers['content-range'], at))) {
        part.restart();
        const found = 'it answers with another range than requested';
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

/** Copies from a folder, which is a source like any other: its bytes must match the same digest. */
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

/** @throws AssetError ASSET_CHANGED: the bytes are not those that were locked */
function checkDigest(url: string, { task, part }: Work): void {
  const found = part.digest();
  if (found === task.sha256) return;
  const context = {
    name: task.name,
    url: withoutQueryText(url),
    expected: task.sha256,
    found,
    sameTree: false,
  };
  throw assetError('ASSET_CHANGED', context);
}

function withoutQueryText(url: string): string {
  return URL.canParse(url) ? withoutQuery(new URL(url)) : url;
}
