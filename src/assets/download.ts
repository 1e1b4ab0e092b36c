/**
 * Owns one file on its way into the store: taken up where it stopped, hashed while it comes, and named only when its
 * digest is the locked one. Runs inside a lane: system calls that write are synchronous, for the lane's thread has
 * nothing better to do and each detour through the pool costs more than the write.
 */
import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { makeFolder } from '../util/files.ts';
import { explained, LEAST, open, shown, type Net } from './http.ts';
import { contentPath, linkTarget, partPath, treePath } from './paths.ts';
import { trouble, Troubled } from './trouble.ts';

export interface Task {
  name: string;
  /** Where it came from when it was locked. */
  url: string;
  /** Other addresses that the tree has it by. */
  also?: readonly string[] | undefined;
  /** Another address of the same, for a private repository: GitHub's API, with the token. */
  api?: string | undefined;
  size: number;
  sha256: string;
  /** For source archives: tells a recompression from a change. */
  tree?: string | undefined;
  /** Addresses to try, in order: file:///…, a mirror's, and last its own. */
  from: readonly string[];
}

export interface Done {
  task: Task;
  /** Bytes that came over the network or from a folder. */
  fetched: number;
  /** Bytes that a run before had fetched. */
  resumed: number;
  mtimeMs: number;
}

export interface Around {
  store: string;
  net: Net;
  /** Milliseconds before the n-th new try. */
  backoff(tries: number): number;
  onBytes(bytes: number): void;
  signal: AbortSignal;
}

const TRIES = 5;
/** A try that got so far does not count: a large file over a poor line may need many. */
const PROGRESS = 1024 * 1024;
const READ = 1024 * 1024;
/** What comes is gathered so far before it is written: a TLS record has 16 KiB, and each write its price. */
const GATHER = 256 * 1024;
const fsync = promisify(fs.fsync);

/** @throws Troubled the trouble of the last source; passing ones are tried again */
export async function download(task: Task, around: Around): Promise<Done> {
  const file = new Part(task, around);
  let last: Troubled | undefined;
  for (const [index, from] of task.from.entries()) {
    try {
      await fromSource(file, from, around);
      return await file.finish();
    } catch (error) {
      file.close();
      if (!(error instanceof Troubled)) throw error;
      around.signal.throwIfAborted();
      // The origin speaks for itself; of a mirror, that it lacks the file says less than what comes after it.
      if (last === undefined || index === task.from.length - 1) last = error;
    }
  }
  throw last ?? trouble('ASSET_NOT_FETCHED', { name: task.name, store: around.store });
}

async function fromSource(file: Part, from: string, around: Around): Promise<void> {
  let authorized = false;
  let url = from;
  let whole = false;
  for (let tries = 1; ;) {
    const before = file.fetched;
    try {
      if (whole) file.restart();
      await once(file, url, around, authorized);
      return file.verify(from);
    } catch (error) {
      around.signal.throwIfAborted();
      if (!(error instanceof Troubled)) throw error;
      const { code, passing } = error.trouble;
      // What was resumed may be of other bytes: once from its beginning, then it is so.
      if ((code === 'ASSET_CHANGED' || code === 'ASSET_LENGTH') && file.resumedAny && !whole) {
        whole = true;
        continue;
      }
      const lacks = code === 'ASSET_NOT_FOUND' && from === file.task.url && around.net.token !== undefined;
      if (lacks && !authorized) {
        authorized = true;
        url = file.task.api ?? url;
        continue;
      }
      if (!passing) throw error;
      if (file.fetched - before < PROGRESS) tries += 1;
      if (tries > TRIES) throw error;
      await sleep(around.backoff(tries), undefined, { signal: around.signal });
    }
  }
}

async function once(file: Part, url: string, around: Around, authorized: boolean): Promise<void> {
  if (url.startsWith('file:')) return fromFile(file, url, around);
  const at = file.resume();
  // All of it is there: the run before was killed between the last byte and its name.
  if (at === file.task.size && at > 0) return;
  const headers: Record<string, string> = { accept: 'application/octet-stream' };
  if (at > 0) {
    headers['range'] = `bytes=${at}-`;
    const etag = file.etag();
    if (etag !== undefined) headers['if-range'] = etag;
  }
  const { response, url: last } = await open(around.net, { name: file.task.name, url, headers, authorized });
  const status = response.statusCode ?? 0;
  if (status === 416 || (status === 206 && !startsAt(response.headers['content-range'], at))) {
    response.destroy();
    file.restart();
    throw trouble(
      'ASSET_SERVER',
      { url, status, found: 'the range asked for is not what it answers with' },
      true,
    );
  }
  if (status === 200 && at > 0) file.restart();
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  if (Number.isFinite(length) && file.size + length !== file.task.size) {
    response.destroy();
    throw trouble('ASSET_LENGTH', {
      name: file.task.name,
      url,
      expected: file.task.size,
      found: file.size + length,
    });
  }
  file.remember(response.headers.etag);
  await new Promise<void>((resolve, reject) => {
    let since = 0;
    const watch = setInterval(() => {
      const bytes = since;
      since = 0;
      if (bytes >= LEAST) return;
      const context = { url: shown(new URL(url)), seconds: around.net.stallSeconds, bytes };
      response.destroy(trouble('ASSET_STALLED', context, true));
    }, around.net.stallSeconds * 1000);
    const end = (error?: Error): void => {
      clearInterval(watch);
      around.signal.removeEventListener('abort', stop);
      if (error === undefined) resolve();
      else reject(error instanceof Troubled ? error : explained(error, last, 'answer'));
    };
    const stop = (): void => void response.destroy(new Error('stopped'));
    around.signal.addEventListener('abort', stop);
    if (around.signal.aborted) stop();
    response.on('data', (chunk: Buffer) => {
      since += chunk.length;
      around.onBytes(chunk.length);
      try {
        file.write(chunk);
      } catch (error) {
        end(error as Error);
        response.destroy();
      }
      if (file.size <= file.task.size) return;
      const context = { name: file.task.name, url, expected: file.task.size, found: file.size };
      response.destroy(trouble('ASSET_LENGTH', context));
    });
    response.on('end', () => end()).on('error', end);
    response.on('close', () =>
      end(Object.assign(new Error('the connection was cut off'), { code: 'ECONNRESET' })),
    );
  });
  if (file.size < file.task.size) {
    throw trouble('ASSET_LENGTH', { name: file.task.name, url, expected: file.task.size, found: file.size });
  }
}

function startsAt(range: string | undefined, at: number): boolean {
  return new RegExp(`^bytes ${at}-`).test(range ?? '');
}

/** From a folder: as good as any other source, its bytes are held against the same digest. */
function fromFile(file: Part, url: string, around: Around): void {
  file.restart();
  let from: number;
  try {
    from = fs.openSync(new URL(url), 'r');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw trouble('ASSET_NOT_FOUND', {
        name: file.task.name,
        url,
        status: 404,
        found: 'there is no such file',
      });
    throw trouble('ASSET_UNREACHABLE', { host: url, reason: message });
  }
  try {
    const buffer = Buffer.allocUnsafe(READ);
    for (let read: number; (read = fs.readSync(from, buffer, 0, READ, null)) > 0;) {
      around.onBytes(read);
      file.write(buffer.subarray(0, read));
      if (file.size > file.task.size) break;
    }
  } finally {
    fs.closeSync(from);
  }
  if (file.size !== file.task.size) {
    throw trouble('ASSET_LENGTH', { name: file.task.name, url, expected: file.task.size, found: file.size });
  }
}

/** The file in progress: what of it is on disk, and its hash so far. */
class Part {
  readonly task: Task;
  readonly #around: Around;
  readonly #path: string;
  #fd: number | undefined;
  #hash: Hash = createHash('sha256');
  /** What came and is not written yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes taken, those held included. */
  size = 0;
  fetched = 0;
  resumed = 0;
  resumedAny = false;

  constructor(task: Task, around: Around) {
    this.task = task;
    this.#around = around;
    this.#path = path.join(around.store, partPath(task.sha256));
  }

  /** Takes up what is on disk. @returns how much that is */
  resume(): number {
    if (this.#fd !== undefined) {
      if (this.size > 0) this.resumedAny = true;
      return this.size;
    }
    this.#fd = openPart(this.#path);
    this.#hash = createHash('sha256');
    this.size = 0;
    // Mostly it is empty; a buffer for each would be gigabytes of garbage.
    const buffer = Buffer.allocUnsafe(Math.min(READ, fs.fstatSync(this.#fd).size + 1));
    for (let read: number; (read = fs.readSync(this.#fd, buffer, 0, buffer.length, this.size)) > 0;) {
      this.#hash.update(buffer.subarray(0, read));
      this.size += read;
    }
    if (this.size > this.task.size) this.restart();
    this.resumed = this.size;
    this.resumedAny = this.size > 0;
    return this.size;
  }

  restart(): void {
    this.#fd ??= openPart(this.#path);
    fs.ftruncateSync(this.#fd, 0);
    this.#held = [];
    this.#heldBytes = 0;
    this.#hash = createHash('sha256');
    this.size = 0;
    this.resumed = 0;
    this.resumedAny = false;
    this.#forget();
  }

  write(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    this.size += chunk.length;
    this.fetched += chunk.length;
    if (this.#heldBytes >= GATHER) this.#flush();
  }

  #flush(): void {
    const [held, from] = [this.#held, this.size - this.#heldBytes];
    const total = this.#heldBytes;
    this.#held = [];
    this.#heldBytes = 0;
    if (total === 0) return;
    let at = fs.writevSync(this.#fd as number, held, from);
    if (at === total) return;
    // A disk that is nearly full takes less than it was given.
    const rest = Buffer.concat(held);
    while (at < total) at += fs.writeSync(this.#fd as number, rest, at, total - at, from + at);
  }

  /** Beside the part: a server that has other bytes by now then sends all of them. */
  remember(etag: string | undefined): void {
    // Small files come again sooner than their tag is written.
    if (etag === undefined || etag.startsWith('W/') || this.task.size < PROGRESS || this.etag() === etag)
      return;
    fs.writeFileSync(`${this.#path}.etag`, etag);
  }

  etag(): string | undefined {
    try {
      const text = fs.readFileSync(`${this.#path}.etag`, 'utf8');
      return /^"[\x21\x23-\x7e]{1,200}"$/.test(text) ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** @throws Troubled ASSET_CHANGED: what came is not what was locked; nothing of it stays */
  verify(url: string): void {
    const found = this.#hash.copy().digest('hex');
    if (found === this.task.sha256) return;
    this.#flush();
    const resumed = this.resumedAny;
    // A source archive is looked into afterwards: recompressed, or changed?
    if (this.task.tree !== undefined) fs.copyFileSync(this.#path, `${this.#path}.odd`);
    this.restart();
    this.resumedAny = resumed;
    throw trouble('ASSET_CHANGED', {
      name: this.task.name,
      url: shownText(url),
      expected: this.task.sha256,
      found,
      sameTree: false,
    });
  }

  /** Makes it last, gives it its name by content, and its place in the tree. */
  async finish(): Promise<Done> {
    const { store } = this.#around;
    const fd = this.#fd as number;
    this.#flush();
    await fsync(fd);
    const { mtimeMs } = fs.fstatSync(fd);
    this.close();
    const final = path.join(store, contentPath(this.task.sha256));
    renameInto(this.#path, final);
    this.#forget();
    for (const url of [this.task.url, ...(this.task.also ?? [])]) placeInTree(store, url, this.task.sha256);
    return { task: this.task, fetched: this.fetched, resumed: this.resumed, mtimeMs };
  }

  close(): void {
    if (this.#fd === undefined) return;
    try {
      this.#flush();
    } finally {
      fs.closeSync(this.#fd);
      this.#fd = undefined;
    }
  }

  #forget(): void {
    if (this.task.size >= PROGRESS) fs.rmSync(`${this.#path}.etag`, { force: true });
  }
}

function openPart(file: string): number {
  const flags = fs.constants.O_RDWR | fs.constants.O_CREAT;
  try {
    return fs.openSync(file, flags, 0o644);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(path.dirname(file));
    return fs.openSync(file, flags, 0o644);
  }
}

function renameInto(from: string, to: string): void {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(path.dirname(to));
    fs.renameSync(from, to);
  }
}

/** The link that makes the store a mirror: whole or not at all. */
export function placeInTree(store: string, url: string, sha256: string): void {
  const tree = treePath(url);
  if (tree === undefined) return;
  const link = path.join(store, tree);
  const target = linkTarget(tree, sha256);
  try {
    fs.symlinkSync(target, link);
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      makeFolder(path.dirname(link));
      return placeInTree(store, url, sha256);
    }
    if (code !== 'EEXIST') throw error;
  }
  if (linkOf(link) === target) return;
  const temp = `${link}.tmp`;
  fs.rmSync(temp, { force: true });
  fs.symlinkSync(target, temp);
  fs.renameSync(temp, link);
}

/** undefined: there is none. */
export function linkOf(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}

function shownText(url: string): string {
  return URL.canParse(url) ? shown(new URL(url)) : url;
}
