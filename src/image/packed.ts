/** Owns how bytes travel inside a script: base64, gzipped where that makes them smaller. */
import { gzipSync } from 'node:zlib';

export interface Packed {
  compressed: boolean;
  content: Uint8Array;
}

/** The same bytes give the same result on any machine: gzip's header carries neither time nor system. */
export function pack(bytes: Uint8Array): Packed {
  const zipped = gzipSync(bytes, { level: 9 });
  zipped[9] = 255; // "operating system: unknown" (RFC 1952); zlib writes the one it was built on
  return zipped.length < bytes.length * 0.9 ? { compressed: true, content: zipped } : { compressed: false, content: bytes };
}

/** Programs the script needs to unpack it. */
export function unpackers(packed: Packed): { programs?: string[] } {
  return packed.compressed ? { programs: ['gzip'] } : {};
}
