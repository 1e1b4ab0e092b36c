/** Owns telling whether a file is still what it was when its ids were found. */
import { crc32 } from 'node:zlib';

/** Shorter than the bytes, and as good against changes that somebody makes meanwhile. */
export function stampOf(bytes: Uint8Array): string {
  return `${bytes.length}-${crc32(bytes)}`;
}
