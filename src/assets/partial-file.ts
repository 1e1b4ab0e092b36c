/**
 * The file of a download in progress: the bytes on disk, their hash so far, and the final name once the digest matches.
 * Writes are synchronous: the thread has no other work, and a detour through the thread pool costs more than the write.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../util/files.ts';
import { contentPath, partPath } from './paths.ts';

export interface PartialFile {
  /** Bytes in the file so far. */
  readonly size: number;
  /** Bytes written, including those that a restart discarded. */
  readonly fetched: number;
  /** Bytes that were on disk before. */
  readonly resumed: number;
  /** Whether some bytes come from an earlier attempt, and so may belong to other content. */
  readonly resumedAny: boolean;
  /** Opens the file and hashes what is on disk. @returns how many bytes that is */
  resume(): number;
  /** Truncates the file. */
  restart(): void;
  write(piece: Buffer): void;
  /** Stores the server's name for these bytes: with If-Range, it sends the whole file once the name has changed. */
  remember(etag: string | undefined): void;
  etag(): string | undefined;
  /** @returns the hash so far, as hex */
  digest(): string;
  /** Syncs the file and renames it by its content. @returns its modification time in milliseconds */
  finish(): Promise<number>;
  close(): void;
}

const READ_SIZE = 1024 * 1024;
/** Refetching a smaller file is faster than writing its ETag. */
const MIN_TAGGED = 1024 * 1024;
const fsync = promisify(fs.fsync);

/** All methods throw the system's own errors. */
export function createPartialFile(store: string, sha256: string, locked: number): PartialFile {
  const file = path.join(store, partPath(sha256));
  const tagFile = `${file}.etag`;
  let fd: number | undefined;
  let hash = createHash('sha256');
  let [size, fetched, resumed, resumedAny] = [0, 0, 0, false];

  const part: PartialFile = {
    get size() {
      return size;
    },
    get fetched() {
      return fetched;
    },
    get resumed() {
      return resumed;
    },
    get resumedAny() {
      return resumedAny;
    },
    resume() {
      if (fd !== undefined) {
        if (size > 0) resumedAny = true;
        return size;
      }
      fd = openPart(file);
      hash = createHash('sha256');
      size = 0;
      const there = fs.fstatSync(fd).size;
      if (there > 0) {
        const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, there));
        for (let read: number; (read = fs.readSync(fd, buffer, 0, buffer.length, size)) > 0;) {
          hash.update(buffer.subarray(0, read));
          size += read;
        }
      }
      if (size > locked) part.restart();
      resumed = size;
      resumedAny = size > 0;
      return size;
    },
    restart() {
      fd ??= openPart(file);
      fs.ftruncateSync(fd, 0);
      hash = createHash('sha256');
      [size, resumed, resumedAny] = [0, 0, false];
      removeTag();
    },
    write(piece) {
      hash.update(piece);
      // A nearly full disk may write only part of a piece.
      for (let at = 0; at < piece.length;) {
        at += fs.writeSync(fd as number, piece, at, piece.length - at, size + at);
      }
      size += piece.length;
      fetched += piece.length;
    },
    remember(etag) {
      if (etag === undefined || etag.startsWith('W/') || locked < MIN_TAGGED || part.etag() === etag) return;
      fs.writeFileSync(tagFile, etag);
    },
    etag() {
      if (locked < MIN_TAGGED) return undefined;
      try {
        const text = fs.readFileSync(tagFile, 'utf8');
        return /^"[\x21\x23-\x7e]{1,200}"$/.test(text) ? text : undefined;
      } catch {
        return undefined;
      }
    },
    digest: () => hash.copy().digest('hex'),
    async finish() {
      await fsync(fd as number);
      const { mtimeMs } = fs.fstatSync(fd as number);
      part.close();
      const final = path.join(store, contentPath(sha256));
      inFolder(final, () => fs.renameSync(file, final));
      removeTag();
      return mtimeMs;
    },
    close() {
      if (fd === undefined) return;
      fs.closeSync(fd);
      fd = undefined;
    },
  };
  return part;

  function removeTag(): void {
    if (locked >= MIN_TAGGED) fs.rmSync(tagFile, { force: true });
  }
}

function openPart(file: string): number {
  return inFolder(file, () => fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644));
}

/** Creates the folder of a file where it is missing. */
function inFolder<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(path.dirname(file));
    return work();
  }
}
