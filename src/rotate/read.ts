/** Owns reading one file after another into the same memory. */
import fs from 'node:fs';

/** Bytes of the largest file that may be a config. */
export const LARGEST = 8 * 1024 * 1024;
export const TOO_LARGE = `it is larger than ${LARGEST / 1024 / 1024} MiB`;
let buffer: Buffer | undefined;

/**
 * A file's bytes, or the first of them: one more than 8 MiB shows that the file is larger. They stay until the next call:
 * thousands of files, read one by one, take the memory of one.
 * @param size of a regular file, where it is known; it saves the read that finds the end
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
