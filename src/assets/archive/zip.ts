/**
 * Owns reading zip by its central directory (PKWARE APPNOTE 6.3.10: 4.3.12, 4.3.16, 4.5.3), stored and deflated
 * entries; what is encrypted, split or otherwise packed is refused.
 */
import fs from 'node:fs';
import { crc32, createInflateRaw } from 'node:zlib';
import type { RawEntry } from './tar.ts';

/** Why the file is no zip that is read here. */
export class NotZip extends Error {}

const EOCD = 0x06054b50;
const EOCD64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end record with the longest comment. */
const TAIL = 22 + 65_535;
const MOST_DIRECTORY = 256 * 1024 * 1024;
const LONGEST_LINK = 4096;

export async function* zipEntries(file: string): AsyncGenerator<RawEntry> {
  const handle = await fs.promises.open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { offset, length, count } = await directoryOf(handle, size);
    if (length > MOST_DIRECTORY || offset + length > size) throw new NotZip('its directory cannot be');
    const directory = await read(handle, offset, length);
    let at = 0;
    for (let index = 0; index < count; index++) {
      const found = centralEntry(directory, at);
      at = found.next;
      yield await rawEntry(handle, found, size);
    }
  } finally {
    await handle.close();
  }
}

interface Central {
  path: string;
  mode: number;
  size: number;
  packed: number;
  method: number;
  crc: number;
  local: number;
  next: number;
}

async function rawEntry(handle: fs.promises.FileHandle, central: Central, total: number): Promise<RawEntry> {
  const { path, mode, size } = central;
  const type = mode & 0o170000;
  const content = (): AsyncIterable<Buffer> => contentOf(handle, central, total);
  if (path.endsWith('/') || type === 0o040000) {
    return { entry: { kind: 'folder', path, mode: mode & 0o7777 }, content: none() };
  }
  if (type === 0o120000) {
    if (size > LONGEST_LINK) throw new NotZip('it has a link that cannot be');
    const parts: Buffer[] = [];
    for await (const part of content()) parts.push(part);
    const target = Buffer.concat(parts).toString('utf8');
    return { entry: { kind: 'link', path, target }, content: none() };
  }
  if (type !== 0 && type !== 0o100000) {
    return { entry: { kind: 'other', path, what: 'a device or a pipe' }, content: none() };
  }
  // What no Unix made has no mode.
  const plain = type === 0 ? 0o644 : mode & 0o7777;
  return { entry: { kind: 'file', path, mode: plain, size }, content: content() };
}

async function* none(): AsyncGenerator<Buffer> {}

async function* contentOf(
  handle: fs.promises.FileHandle,
  { local, packed, method, size, crc }: Central,
  total: number,
): AsyncGenerator<Buffer> {
  const header = await read(handle, local, 30);
  if (header.readUInt32LE(0) !== LOCAL) throw new NotZip('it is damaged');
  const start = local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + packed > total) throw new NotZip('it is cut off');
  const raw = packed === 0 ? none() : pieces(handle, start, packed);
  const stream = method === 0 ? raw : inflated(raw);
  let found = 0;
  let sum = 0;
  for await (const chunk of stream) {
    found += chunk.length;
    if (found > size) throw new NotZip('it has more bytes than it says');
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (found !== size || sum >>> 0 !== crc) throw new NotZip('it is damaged: a checksum does not fit');
}

async function* pieces(
  handle: fs.promises.FileHandle,
  start: number,
  length: number,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < length;) {
    const part = await read(handle, start + at, Math.min(1024 * 1024, length - at));
    at += part.length;
    yield part;
  }
}

async function* inflated(raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw();
  const feeding = (async () => {
    for await (const part of raw) {
      if (!inflate.write(part)) await new Promise((resolve) => inflate.once('drain', resolve));
      if (inflate.destroyed) return;
    }
    inflate.end();
  })();
  feeding.catch((error: unknown) => inflate.destroy(error as Error));
  try {
    for await (const chunk of inflate) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof NotZip) throw error;
    throw new NotZip(`it is damaged: ${(error as Error).message}`);
  } finally {
    inflate.destroy();
    inflate.emit('drain');
  }
}

async function directoryOf(
  handle: fs.promises.FileHandle,
  size: number,
): Promise<{ offset: number; length: number; count: number }> {
  const start = Math.max(0, size - TAIL);
  const tail = await read(handle, start, size - start);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== EOCD || at + 22 + tail.readUInt16LE(at + 20) !== tail.length) continue;
    if (tail.readUInt16LE(at + 4) !== 0 || tail.readUInt16LE(at + 6) !== 0) throw new NotZip('it is split');
    const small = {
      count: tail.readUInt16LE(at + 10),
      length: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    };
    const isLarge = small.count === 0xffff || small.length === 0xffffffff || small.offset === 0xffffffff;
    if (!isLarge || at < 20 || tail.readUInt32LE(at - 20) !== LOCATOR64) return small;
    const record = await read(handle, count64(tail, at - 20 + 8), 56);
    if (record.readUInt32LE(0) !== EOCD64) throw new NotZip('it is damaged');
    return { count: count64(record, 32), length: count64(record, 40), offset: count64(record, 48) };
  }
  throw new NotZip('it is no zip');
}

function centralEntry(directory: Buffer, at: number): Central {
  if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL) throw new NotZip('it is damaged');
  const flags = directory.readUInt16LE(at + 8);
  const method = directory.readUInt16LE(at + 10);
  const nameLength = directory.readUInt16LE(at + 28);
  const extraLength = directory.readUInt16LE(at + 30);
  const next = at + 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
  if (next > directory.length) throw new NotZip('it is damaged');
  if ((flags & 1) !== 0) throw new NotZip('it is encrypted');
  if (method !== 0 && method !== 8)
    throw new NotZip(`it is packed by method ${method}, which is not read here`);
  const name = directory.subarray(at + 46, at + 46 + nameLength);
  const made = directory[at + 5];
  const entry: Central = {
    path: name.toString((flags & 0x800) === 0 && !isUtf8(name) ? 'latin1' : 'utf8'),
    // Host 3 is Unix, 19 macOS: the upper half of the attributes is its mode.
    mode: made === 3 || made === 19 ? directory.readUInt32LE(at + 38) >>> 16 : 0,
    size: directory.readUInt32LE(at + 24),
    packed: directory.readUInt32LE(at + 20),
    method,
    crc: directory.readUInt32LE(at + 16),
    local: directory.readUInt32LE(at + 42),
    next,
  };
  large(entry, directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
  return entry;
}

/** Zip64: 0xffffffff in the record means that the extra field 1 has the number, in this order. */
function large(entry: Central, extra: Buffer): void {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    const field = extra.subarray(at + 4, at + 4 + length);
    if (extra.readUInt16LE(at) === 1) {
      let next = 0;
      for (const key of ['size', 'packed', 'local'] as const) {
        if (entry[key] !== 0xffffffff) continue;
        if (next + 8 > field.length) throw new NotZip('it is damaged');
        entry[key] = count64(field, next);
        next += 8;
      }
    }
    at += 4 + length;
  }
}

function count64(buffer: Buffer, at: number): number {
  if (at + 8 > buffer.length) throw new NotZip('it is damaged');
  const value = buffer.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new NotZip('it has a size that cannot be');
  return Number(value);
}

function isUtf8(name: Buffer): boolean {
  return Buffer.from(name.toString('utf8'), 'utf8').equals(name);
}

async function read(handle: fs.promises.FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead < length) throw new NotZip('it is cut off');
  return buffer;
}
