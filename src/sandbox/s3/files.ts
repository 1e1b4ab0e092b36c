/** Stores the bytes of objects in `objects/<sha256>` of the state folder, equal contents once. */
import { createHash, randomBytes, type Hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../util/files.ts';
import type { FilePart } from '../wire/aws-error.ts';
import { checksums, type ChecksumState, type ChecksumName } from './checksums.ts';

/** Content that is on disk but does not belong to an object yet. */
export interface ReceivedContent {
  sha256: string;
  /** In hex, for the ETag. */
  md5: string;
  size: number;
  /** In base64, for each requested algorithm. */
  checksums: Partial<Record<ChecksumName, string>>;
  /** Moves the file to its final name; finish() has already made its bytes durable. */
  keep(): void;
  /** Removes the content unless keep() was called. */
  drop(): void;
}

export interface ContentReceiver {
  write(bytes: Buffer): void;
  finish(): ReceivedContent;
  /** Removes the bytes written so far. */
  abort(): void;
}

export interface ObjectFiles {
  receive(algorithms: readonly ChecksumName[]): ContentReceiver;
  /** Opens a content to send `length` bytes from `start`. */
  open(sha256: string, start: number, length: number): FilePart;
  read(sha256: string): Buffer;
  /** Path of a content's file. Callers must not write to it. */
  fileOf(sha256: string): string;
  remove(sha256: string): void;
  /** Removes leftovers of a killed process: all files except `used`. Call it before the first request only. */
  clean(used: ReadonlySet<string>): void;
  /** Concatenates contents into a new one. */
  join(
    parts: readonly { sha256: string; size: number }[],
    algorithms: readonly ChecksumName[],
  ): ReceivedContent;
}

const BLOCK = 1 << 20;

/** @param folder the state folder */
export function openObjectFiles(folder: string): ObjectFiles {
  const place = path.join(folder, 'objects');
  const fileOf = (sha256: string): string => path.join(place, sha256);

  function receive(algorithms: readonly ChecksumName[]): ContentReceiver {
    makeFolder(place, 0o700);
    const temporary = path.join(place, `${randomBytes(8).toString('hex')}.tmp`);
    const file = openSync(temporary, 'wx', 0o600);
    const [sha256, md5] = [createHash('sha256'), createHash('md5')];
    const sums = algorithms.map((name): [ChecksumName, ChecksumState] => [name, checksums[name]()]);
    let size = 0;
    let open = true;
    const close = (): void => {
      if (open) closeSync(file);
      open = false;
    };
    const drop = (): void => {
      close();
      rmSync(temporary, { force: true });
    };
    return {
      write(bytes) {
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
        for (const state of [sha256, md5] as Hash[]) state.update(bytes);
        for (const [, sum] of sums) sum.update(bytes);
        size += bytes.length;
      },
      finish() {
        fsyncSync(file);
        close();
        const digest = sha256.digest('hex');
        return {
          sha256: digest,
          md5: md5.digest('hex'),
          size,
          checksums: Object.fromEntries(sums.map(([name, sum]) => [name, sum.digest().toString('base64')])),
          keep: () => renameSync(temporary, fileOf(digest)),
          drop,
        };
      },
      abort: drop,
    };
  }

  return {
    receive,
    open: (sha256, start, length) => ({ descriptor: openSync(fileOf(sha256), 'r'), start, length }),
    read: (sha256) => readFileSync(fileOf(sha256)),
    fileOf,
    remove: (sha256) => rmSync(fileOf(sha256), { force: true }),
    clean(used) {
      if (!existsSync(place)) return;
      for (const name of readdirSync(place)) if (!used.has(name)) rmSync(fileOf(name), { force: true });
    },
    join(parts, algorithms) {
      const receiver = receive(algorithms);
      const block = Buffer.alloc(BLOCK);
      try {
        for (const { sha256 } of parts) {
          const file = openSync(fileOf(sha256), 'r');
          try {
            for (let got; (got = readSync(file, block, 0, BLOCK, null)) > 0;)
              receiver.write(block.subarray(0, got));
          } finally {
            closeSync(file);
          }
        }
        return receiver.finish();
      } catch (error) {
        receiver.abort();
        throw error;
      }
    },
  };
}
