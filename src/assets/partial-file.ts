/**
 * Owns the file of a download in progress: what of it is on disk, its hash so far, and its name once the digest is
 * right. System calls that write are synchronous: the thread has nothing better to do, and each detour through the pool
 * costs more than the write.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../util/files.ts';
import { contentPath, partPath } from './paths.ts';

export interface PartialFile {
  /** Bytes of it so far. */
  readonly size: number;
  /** Bytes written, of which some may have been thrown away since. */
  readonly fetched: number;
  /** Bytes that were there before. */
  readonly resumed: number;
  /** Whether what is there may be of other bytes: it is of an earlier try. */
  readonly resumedAny: boolean;
  /** Takes up what is on disk. @returns how much that is */
  resume(): number;
  /** Empties it. */
  restart(): void;
  write(piece: Buffer): void;
  /** What the server calls these bytes: it sends all of them where it has others by now. */
  remember(etag: string | undefined): void;
  etag(): string | undefined;
  /** @returns the digest so far, as hex */
  digest(): string;
  /** Makes it last, and gives it its name by content. @returns its modification time in milliseconds */
  finish(): Promise<number>;
  close(): void;
}

const READ = 1024 * 1024;
/** Smaller files come again sooner than their tag is written. */
const TAGGED = 1024 * 1024;
const fsync = promisify(fs.fsync);

/** All of it throws the system's own errors. */
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
        const buffer = Buffer.allocUnsafe(Math.min(READ, there));
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
      forget();
    },
    write(piece) {
      hash.update(piece);
      // A disk that is nearly full takes less than it was given.
      for (let at = 0; at < piece.length;) {
        at += fs.writeSync(fd as number, piece, at, piece.length - at, size + at);
      }
      size += piece.length;
      fetched += piece.length;
    },
    remember(etag) {
      if (etag === undefined || etag.startsWith('W/') || locked < TAGGED || part.etag() === etag) return;
      fs.writeFileSync(tagFile, etag);
    },
    etag() {
      if (locked < TAGGED) return undefined;
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
      forget();
      return mtimeMs;
    },
    close() {
      if (fd === undefined) return;
      fs.closeSync(fd);
      fd = undefined;
    },
  };
  return part;

  function forget(): void {
    if (locked >= TAGGED) fs.rmSync(tagFile, { force: true });
  }
}

function openPart(file: string): number {
  return inFolder(file, () => fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644));
}

/** Makes the folder of a file where that is lacking. */
function inFolder<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(path.dirname(file));
    return work();
  }
}
