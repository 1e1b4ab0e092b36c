/**
 * Writes tar: POSIX ustar headers, with a pax header before an entry whose name or size does not fit
 * (POSIX.1-2017 "pax Interchange Format"). tar-stream's `pack` cannot replace it: it writes only as a stream, while the
 * plan of a rehearsal is computed synchronously, and it formats numbers differently, so that every image with an
 * unpacked archive would get another fingerprint.
 */

/** Owned by root unless `uid` says otherwise. */
export type TarHeader =
  | { kind: 'file'; path: string; mode: number; uid?: number; size: number }
  | { kind: 'folder'; path: string; mode: number; uid?: number }
  | { kind: 'link' | 'hardlink'; path: string; target: string };

export type TarEntry =
  | { kind: 'file'; path: string; mode: number; uid: number; content: Buffer }
  | { kind: 'folder'; path: string; mode: number; uid: number }
  | { kind: 'link'; path: string; target: string };

const BLOCK = 512;
/** 2026-01-01: a fixed time, so that equal entries are equal bytes. */
const MTIME = 1_767_225_600;
/** The first size that eleven octal digits cannot express. */
const HUGE = 8 ** 11;
const TYPES = { file: '0', hardlink: '1', link: '2', folder: '5' } as const;

/** Two empty blocks end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

export function writeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [tarHeader(entry)];
    const { content } = entry;
    return [tarHeader({ ...entry, size: content.length }), content, tarPadding(content.length)];
  });
  return Buffer.concat([...blocks, TAR_END]);
}

/** The blocks that precede the content. */
export function tarHeader(entry: TarHeader): Buffer {
  const name = entry.kind === 'folder' ? `${entry.path}/` : entry.path;
  const target = 'target' in entry ? entry.target : '';
  const size = entry.kind === 'file' ? entry.size : 0;
  const main = ustarBlock(name, target, {
    type: TYPES[entry.kind],
    mode: 'mode' in entry ? entry.mode : 0o777,
    uid: ('uid' in entry ? entry.uid : undefined) ?? 0,
    size: size < HUGE ? size : 0,
  });
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(target) > 100 ? [paxRecord('linkpath', target)] : []),
    ...(size >= HUGE ? [paxRecord('size', String(size))] : []),
  ];
  if (records.length === 0) return main;
  const text = Buffer.from(records.join(''));
  const extension = ustarBlock('pax', '', { type: 'x', mode: 0o644, uid: 0, size: text.length });
  return Buffer.concat([extension, text, tarPadding(text.length), main]);
}

/** Zeros that fill the last block of a content. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** `LENGTH KEY=VALUE\n`; LENGTH counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + 1;
  while (String(length).length + bytes !== length) length += 1;
  return `${length}${rest}`;
}

function ustarBlock(
  name: string,
  target: string,
  { type, mode, uid, size }: { type: string; mode: number; uid: number; size: number },
): Buffer {
  const block = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(block, 0, 0, 100);
  block.write(octal(mode, 7), 100);
  block.write(octal(uid, 7), 108);
  block.write(octal(uid, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(MTIME, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  Buffer.from(target).copy(block, 157, 0, 100);
  block.write('ustar\0', 257);
  block.write('00', 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
