/** Splits the output of scripts into lines as it arrives, and keeps at most the last part. */
import { StringDecoder } from 'node:string_decoder';

/** Characters of output kept of one script. */
export const keptOutput = 256 * 1024;
/** A line longer than this is handed on in pieces: nobody may make us hold all of it. */
const LONGEST_LINE = 64 * 1024;

/** Collects one script's output until its mark; `push` returns what came behind the mark, once it came. */
export interface Collector {
  push(chunk: Buffer): Buffer | undefined;
  /** What was kept; partial characters at the end included. */
  text(): string;
}

/**
 * @param mark the bytes that end the output; a line of their own, but for output without a final newline
 * @param onLine gets every line without its newline
 */
export function collect(mark: string, onLine: (line: string) => void): Collector {
  const ending = Buffer.from(`${mark}\n`);
  const decoder = new StringDecoder('utf8');
  let held: Buffer = Buffer.alloc(0);
  let line = '';
  let kept = '';

  function take(text: string): void {
    kept += text;
    if (kept.length > 2 * keptOutput) kept = kept.slice(-keptOutput);
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const each of lines) onLine(each);
    if (line.length > LONGEST_LINE) {
      onLine(line);
      line = '';
    }
  }

  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const found = bytes.indexOf(ending);
      if (found === -1) {
        const safe = Math.max(0, bytes.length - longestOverlap(bytes, ending));
        held = bytes.subarray(safe);
        if (safe > 0) take(decoder.write(bytes.subarray(0, safe)));
        return undefined;
      }
      take(decoder.write(bytes.subarray(0, found)) + decoder.end());
      if (line !== '') onLine(line);
      line = '';
      return bytes.subarray(found + ending.length);
    },
    text: () => kept.slice(-keptOutput),
  };
}

/** Length of the longest end of `bytes` that begins `ending`: only that much must be held back. */
function longestOverlap(bytes: Buffer, ending: Buffer): number {
  for (let length = Math.min(bytes.length, ending.length - 1); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(ending.subarray(0, length))) return length;
  }
  return 0;
}
