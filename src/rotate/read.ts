/** Owns reading one file after another into the same memory. */
import fs from 'node:fs';

/** Bytes of the largest file that may be a config. */
export const LARGEST = 8 * 1024 * 1024;
export const TOO_LARGE = `it is larger than ${LARGEST / 1024 / 1024} MiB`;
let buffer: Buffer | undefined;

/**
 * A file's bytes, or the first of them: one more than 8 MiB tells that it is larger. Until the next call: read one by
 * one, thousands of files take the memory of one.
 */
export function readUpTo(fd: number): Buffer {
  buffer ??= Buffer.allocUnsafeSlow(LARGEST + 1);
  let length = 0;
  for (let more = -1; more !== 0 && length < buffer.length; length += more) {
    more = fs.readSync(fd, buffer, length, buffer.length - length, null);
  }
  return buffer.subarray(0, length);
}
