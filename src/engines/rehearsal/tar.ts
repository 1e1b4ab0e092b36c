/** Reads the first file of a tar from the first bytes of the tar. */

const BLOCK = 512;

/**
 * Returns the path and content of the first file and ignores pax headers before it; undefined if the bytes are not a tar,
 * are cut off, or begin with another kind of entry.
 */
export function readFirstFile(tar: Buffer): { path: string; content: Buffer } | undefined {
  for (let at = 0; tar.length >= at + BLOCK;) {
    const block = tar.subarray(at, at + BLOCK);
    const size = Number.parseInt(text(block, 124, 12), 8);
    const type = text(block, 156, 1);
    if (block.toString('latin1', 257, 262) !== 'ustar' || !(size >= 0) || tar.length < at + BLOCK + size)
      return undefined;
    if (type === '0')
      return { path: text(block, 0, 100), content: tar.subarray(at + BLOCK, at + BLOCK + size) };
    if (type !== 'x' && type !== 'g') return undefined;
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

function text(tar: Buffer, start: number, length: number): string {
  const field = tar.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}
