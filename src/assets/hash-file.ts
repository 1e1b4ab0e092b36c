/** Owns the digest of a file, in large reads into one buffer of the thread. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';

const READ = 1024 * 1024;
let buffer: Buffer | undefined;

/**
 * Hands on a file piece by piece; a piece is good only during the call.
 * @param size what it ought to have: a read that came short there is the last
 * @throws the system's own error
 */
export function readPieces(fd: number, size: number, take: (piece: Buffer) => void): void {
  buffer ??= Buffer.allocUnsafeSlow(READ);
  let bytes = 0;
  for (let read: number; (read = fs.readSync(fd, buffer, 0, READ, null)) > 0;) {
    take(read === READ ? buffer : buffer.subarray(0, read));
    bytes += read;
    if (bytes >= size && read < READ) break;
  }
}

/** Its sha256 as hex. @throws the system's own error */
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
