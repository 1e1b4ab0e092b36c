/** Hashes a file with large reads into one buffer per thread. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';

const READ_SIZE = 1024 * 1024;
let buffer: Buffer | undefined;

/**
 * Passes a file on piece by piece; a piece is valid only during the call.
 * @param size the expected size: a short read at that point is the last
 * @throws the system's own error
 */
export function readPieces(fd: number, size: number, take: (piece: Buffer) => void): void {
  buffer ??= Buffer.allocUnsafeSlow(READ_SIZE);
  let bytes = 0;
  for (let read: number; (read = fs.readSync(fd, buffer, 0, READ_SIZE, null)) > 0;) {
    take(read === READ_SIZE ? buffer : buffer.subarray(0, read));
    bytes += read;
    if (bytes >= size && read < READ_SIZE) break;
  }
}

/** Returns the sha256 as hex. @throws the system's own error */
export function hashFile(file: string, size: number, onBytes: (count: number) => void = () => {}): string {
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'r');
  try {
    readPieces(fd, size, (piece) => {
      hash.update(piece);
      onBytes(piece.length);
    });
  } finally {
    fs.closeSync(fd);
  }
  return hash.digest('hex');
}
