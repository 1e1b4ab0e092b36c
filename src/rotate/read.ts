/** Reads one file after another into the same memory. */
import fs from 'node:fs';

/** The size of the largest file that is read as a config, in bytes. */
export const LARGEST = 8 * 1024 * 1024;
export const TOO_LARGE = `it is larger than ${LARGEST / 1024 / 1024} MiB`;
let buffer: Buffer | undefined;

/**
 * Reads a file's bytes. It stops at one byte more than 8 MiB, which shows that the file is larger. The bytes are valid
 * until the next call, so that thousands of files take the memory of one.
 * @param size of a regular file, if known; it saves the read that finds the end
 */
export function readUpTo(fd: number, size = 0): Buffer {
  buffer ??= Buffer.allocUnsafeSlow(LARGEST + 1);
  let length = 0;
  for (let more = -1; more !== 0 && length < buffer.length; length += more) {
    if (length > 0 && length === size) break;
    more = fs.readSync(fd, buffer, length, buffer.length - length, null);
  }
  return buffer.subarray(0, length);
}
