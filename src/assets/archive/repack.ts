/**
 * Owns what an image is given of an archive: a plain tar that is written here, entry by entry, of what was judged. So
 * the image's tar reads nothing that this machine did not understand, and every format arrives the same way.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../../util/files.ts';
import { sha256 } from '../../util/sha256.ts';
import { MOST_ENTRIES, type ArchiveEntry } from './entry.ts';
import { readArchive } from './read.ts';

export interface Repacked {
  sha256: string;
  size: number;
  /** Digest of the list of digests within it. */
  sums: string;
  files: number;
}

/** What the tar holds: the content, and `sha256sum -c` lines of its files. */
export const CONTENT = 'content';
export const SUMS = 'sums';

const BLOCK = 512;

/**
 * Writes the tar (temp, fsync, rename). Equal archives and settings give equal bytes.
 * @throws Troubled ASSET_ARCHIVE
 */
export async function repack(
  archive: string,
  out: string,
  { name, strip, setuid, mebibytes }: { name: string; strip: number; setuid: boolean; mebibytes: number },
): Promise<Repacked> {
  const bounds = { strip, setuid, bytes: mebibytes * 1024 * 1024, entries: MOST_ENTRIES };
  makeFolder(path.dirname(out));
  const temp = `${out}.${process.pid}.tmp`;
  const handle = await fs.promises.open(temp, 'w');
  try {
    const whole = createHash('sha256');
    const sums: string[] = [];
    let size = 0;
    const write = async (bytes: Buffer): Promise<void> => {
      whole.update(bytes);
      size += bytes.length;
      await handle.writeFile(bytes);
    };
    for await (const { entry, content } of readArchive(archive, name, bounds)) {
      await write(headerOf({ ...entry, path: `${CONTENT}/${entry.path}` }));
      if (entry.kind !== 'file') continue;
      const hash = createHash('sha256');
      for await (const chunk of content) {
        hash.update(chunk);
        await write(chunk);
      }
      await write(Buffer.alloc(padding(entry.size)));
      sums.push(`${hash.digest('hex')}  ${entry.path}\n`);
    }
    const list = Buffer.from(sums.join(''));
    await write(headerOf({ kind: 'file', path: SUMS, mode: 0o644, size: list.length }));
    await write(list);
    await write(Buffer.alloc(padding(list.length) + 2 * BLOCK));
    await handle.sync();
    await handle.close();
    await fs.promises.rename(temp, out);
    const digest = sha256(list);
    return { sha256: whole.digest('hex'), size, sums: digest, files: sums.length };
  } finally {
    await handle.close().catch(() => {});
    await fs.promises.rm(temp, { force: true });
  }
}

/** A ustar header, with a pax header before it where the names are too long. */
function headerOf(entry: ArchiveEntry): Buffer {
  const name = entry.kind === 'folder' ? `${entry.path}/` : entry.path;
  const target =
    entry.kind === 'hardlink' ? `${CONTENT}/${entry.target}` : 'target' in entry ? entry.target : '';
  const long = [
    ...(Buffer.byteLength(name) > 100 ? [['path', name] as const] : []),
    ...(Buffer.byteLength(target) > 100 ? [['linkpath', target] as const] : []),
    ...(entry.kind === 'file' && entry.size >= 8 ** 11 ? [['size', String(entry.size)] as const] : []),
  ];
  const main = block(entry, name, target);
  if (long.length === 0) return main;
  const text = Buffer.from(long.map(([key, value]) => record(key, value)).join(''));
  const extension = block({ kind: 'file', path: '', mode: 0o644, size: text.length }, 'pax', '', 'x');
  return Buffer.concat([extension, text, Buffer.alloc(padding(text.length)), main]);
}

/** `LENGTH KEY=VALUE\n`, LENGTH counting its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + 1;
  while (String(length).length + bytes !== length) length += 1;
  return `${length}${rest}`;
}

const TYPES = { file: '0', hardlink: '1', link: '2', folder: '5' } as const;
/** 2026-01-01: a fixed time, so that equal content is equal bytes. */
const MTIME = 1_767_225_600;

function block(entry: ArchiveEntry, name: string, target: string, type: string = TYPES[entry.kind]): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(Buffer.from(name).subarray(0, 100).toString('latin1'), 0, 'latin1');
  bytes.write(octal('mode' in entry ? entry.mode : 0o777, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  bytes.write(octal(entry.kind === 'file' && entry.size < 8 ** 11 ? entry.size : 0, 11), 124);
  bytes.write(octal(MTIME, 11), 136);
  bytes.write(' '.repeat(8), 148);
  bytes.write(type, 156);
  bytes.write(Buffer.from(target).subarray(0, 100).toString('latin1'), 157, 'latin1');
  bytes.write('ustar\0', 257);
  bytes.write('00', 263);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
