/** Owns writing a ustar archive in memory, and reading the first file of one: what a rehearsal is handed over in. */

export type TarEntry =
  | { path: string; kind: 'file'; mode: number; uid: number; content: Buffer }
  | { path: string; kind: 'folder'; mode: number; uid: number }
  | { path: string; kind: 'link'; target: string };

const BLOCK = 512;
/** 2026-01-01: a fixed time, so that equal entries are equal bytes. */
const MTIME = 1_767_225_600;

/**
 * A ustar archive of the entries in their order (POSIX.1-1988 "ustar" interchange format).
 * @throws Error where a path has more than 155 + 100 bytes or a link target more than 100
 */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    blocks.push(header(entry));
    if (entry.kind !== 'file') continue;
    blocks.push(entry.content, Buffer.alloc(padding(entry.content.length)));
  }
  blocks.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(blocks);
}

/**
 * Path and content of the first file of an archive, whatever pax headers stand before it; undefined where the bytes
 * are no tar, are cut off or begin with something else.
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
    at += BLOCK + size + padding(size);
  }
  return undefined;
}

function header(entry: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = split(entry.kind === 'folder' ? `${entry.path}/` : entry.path);
  const link = entry.kind === 'link' ? entry.target : '';
  if (Buffer.byteLength(link) > 100) throw new Error(`a link's target is too long for a tar: ${link}`);
  const owner = entry.kind === 'link' ? 0 : entry.uid;
  block.write(name, 0);
  block.write(octal(entry.kind === 'link' ? 0o777 : entry.mode, 7), 100);
  block.write(octal(owner, 7), 108);
  block.write(octal(owner, 7), 116);
  block.write(octal(entry.kind === 'file' ? entry.content.length : 0, 11), 124);
  block.write(octal(MTIME, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write({ file: '0', link: '2', folder: '5' }[entry.kind], 156);
  block.write(link, 157);
  block.write('ustar\0', 257);
  block.write('00', 263);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function split(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (name !== '' && Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100)
      return [prefix, name];
  }
  throw new Error(`a path is too long for a tar: ${path}`);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function text(tar: Buffer, start: number, length: number): string {
  const field = tar.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
