/** Decodes a chunked body (RFC 9112 section 7.1); drops extensions and trailers. */
import { NotHttp } from './http-head.ts';

/** Takes the next bytes and passes those of the body to the sink; they are valid only during the call. */
export type ChunkReader = (bytes: Buffer, sink: (piece: Buffer) => void) => ChunkProgress;

export interface ChunkProgress {
  /** Bytes consumed: fewer than given where the body ended among them. */
  used: number;
  ended: boolean;
}

/** Limits in bytes: one line of the framing, and all trailers together. */
const LONGEST = { line: 1024, trailers: 16 * 1024 };
/** Up to 2^48: no file has more. */
const SIZE =
  /^([0-9A-Fa-f]{1,12})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[\t\x20\x21\x23-\x5b\x5d-\x7e]*"))?)*$/;
const TRAILER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
const LF = 10;

/** Creates the decoder of one body, which throws NotHttp. */
export function chunkReader(): ChunkReader {
  let state: 'size' | 'data' | 'end of data' | 'trailers' = 'size';
  let left = 0;
  let line = '';
  let trailers = 0;

  return (bytes, sink) => {
    let used = 0;
    while (used < bytes.length) {
      if (state === 'data') {
        const piece = bytes.subarray(used, used + left);
        sink(piece);
        used += piece.length;
        left -= piece.length;
        if (left === 0) state = 'end of data';
        continue;
      }
      const end = bytes.indexOf(LF, used);
      const until = end === -1 ? bytes.length : end + 1;
      if (line.length + until - used > LONGEST.line) throw new NotHttp('a line between chunks is too long');
      line += bytes.toString('latin1', used, until);
      used = until;
      if (end === -1) break;
      if (!line.endsWith('\r\n')) throw new NotHttp('a line between chunks has no CR');
      const text = line.slice(0, -2);
      line = '';
      if (isLastLine(text)) return { used, ended: true };
    }
    return { used, ended: false };
  };

  /** Handles a line of the framing. @returns whether it ends the body */
  function isLastLine(text: string): boolean {
    if (state === 'size') {
      const digits = SIZE.exec(text)?.[1];
      if (digits === undefined) throw new NotHttp('the size of a chunk is not a number');
      left = Number.parseInt(digits, 16);
      state = left === 0 ? 'trailers' : 'data';
      return false;
    }
    if (state === 'end of data') {
      if (text !== '') throw new NotHttp('a chunk is longer than its stated size');
      state = 'size';
      return false;
    }
    if (text === '') return true;
    trailers += text.length + 2;
    if (trailers > LONGEST.trailers || !TRAILER.test(text)) throw new NotHttp('a trailer is malformed');
    return false;
  }
}
