/** Reads a pack of dist/ (scripts/build/loader.cjs): the length of the index, the index, the parts. */
import { readFileSync } from 'node:fs';

/** Name of a part → its offset, its length, and what else the index says of it. */
export type PackIndex = Record<string, [offset: number, length: number, ...more: number[]]>;

export function readIndex(file: string): PackIndex {
  const bytes = readFileSync(file);
  return JSON.parse(bytes.subarray(4, startOf(bytes)).toString('utf8')) as PackIndex;
}

/** Name of a part → its text. */
export function readTexts(file: string): Record<string, string> {
  const bytes = readFileSync(file);
  const start = startOf(bytes);
  return Object.fromEntries(
    Object.entries(readIndex(file)).map(([name, [offset, length]]) => [
      name,
      bytes.subarray(start + offset, start + offset + length).toString('utf8'),
    ]),
  );
}

function startOf(bytes: Buffer): number {
  return 4 + bytes.readUInt32LE();
}
