/** Computes the stamp that shows whether a file has changed since its ids were found. */
import { crc32 } from 'node:zlib';

/** A length and a checksum detect edits by other programs as well as a copy of the bytes would. */
export function stampOf(bytes: Uint8Array): string {
  return `${bytes.length}-${crc32(bytes)}`;
}
