/** Collects the output of scripts: reports each line when it is complete, and keeps the last part of the output. */
import { StringDecoder } from 'node:string_decoder';

/** The number of characters that are kept of one script's output. */
export const keptOutput = 256 * 1024;
/** A longer line is reported in pieces, so that a script without newlines cannot fill the memory. */
const LONGEST_LINE = 64 * 1024;

/** Collects the output of one script up to its mark. When `push` finds the mark, it returns the bytes after it. */
export interface Collector {
  push(chunk: Buffer): Buffer | undefined;
  /** The output that was kept. */
  text(): string;
}

/**
 * @param mark the text that ends the output. It is on a line of its own, unless the output lacks a final newline
 * @param onLine receives each line without its newline
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

/** The length of the longest suffix of `bytes` that is a prefix of `ending`. Only these bytes may belong to the mark. */
function longestOverlap(bytes: Buffer, ending: Buffer): number {
  for (let length = Math.min(bytes.length, ending.length - 1); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(ending.subarray(0, length))) return length;
  }
  return 0;
}
