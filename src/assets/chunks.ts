/** Owns a body that comes in chunks (RFC 9112 section 7.1): framing off, extensions and trailers dropped. */
import { NotHttp } from './http-head.ts';

/** Takes the next bytes; hands on those of the body, which are good only during the call. */
export type ChunkReader = (bytes: Buffer, sink: (piece: Buffer) => void) => ChunkProgress;

export interface ChunkProgress {
  /** Bytes taken: fewer than given where the body ended among them. */
  used: number;
  ended: boolean;
}

/** A line of the framing, and all trailers together. */
const LONGEST = { line: 1024, trailers: 16 * 1024 };
/** Up to 2^48: what has more is no file. */
const SIZE =
  /^([0-9A-Fa-f]{1,12})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[\t\x20\x21\x23-\x5b\x5d-\x7e]*"))?)*$/;
const TRAILER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
const LF = 10;

/** For one body. What it returns throws NotHttp. */
export function chunkReader(): ChunkReader {
  let reads: 'size' | 'data' | 'end of data' | 'trailers' = 'size';
  let left = 0;
  let line = '';
  let trailers = 0;

  return (bytes, sink) => {
    let used = 0;
    while (used < bytes.length) {
      if (reads === 'data') {
        const piece = bytes.subarray(used, used + left);
        sink(piece);
        used += piece.length;
        left -= piece.length;
        if (left === 0) reads = 'end of data';
        continue;
      }
      const end = bytes.indexOf(LF, used);
      const until = end === -1 ? bytes.length : end + 1;
      if (line.length + until - used > LONGEST.line)
        throw new NotHttp('a line between its chunks is too long');
      line += bytes.toString('latin1', used, until);
      used = until;
      if (end === -1) break;
      if (!line.endsWith('\r\n')) throw new NotHttp('a line between its chunks has no CR');
      const text = line.slice(0, -2);
      line = '';
      if (took(text)) return { used, ended: true };
    }
    return { used, ended: false };
  };

  /** @returns whether that was the last line */
  function took(text: string): boolean {
    if (reads === 'size') {
      const digits = SIZE.exec(text)?.[1];
      if (digits === undefined) throw new NotHttp('the size of a chunk is no number');
      left = Number.parseInt(digits, 16);
      reads = left === 0 ? 'trailers' : 'data';
      return false;
    }
    if (reads === 'end of data') {
      if (text !== '') throw new NotHttp('a chunk is longer than it says');
      reads = 'size';
      return false;
    }
    if (text === '') return true;
    trailers += text.length + 2;
    if (trailers > LONGEST.trailers || !TRAILER.test(text)) throw new NotHttp('a trailer of it is broken');
    return false;
  }
}
