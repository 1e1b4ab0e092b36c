/** Reads a zip file by its central directory, with yauzl: stored and deflated entries, zip64, no encryption. */
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { ArchiveUnreadable, noContent, type RawEntry } from './raw-entry.ts';

const LONGEST_LINK = 4096;
const PIECE = 1024 * 1024;

/** @throws ArchiveUnreadable */
export async function* zipEntries(file: string): AsyncGenerator<RawEntry> {
  const handle = await fs.promises.open(file, 'r');
  try {
    const { size } = await handle.stat();
    // Names stay bytes: yauzl would decode those without the UTF-8 flag as code page 437.
    const options = { decodeStrings: false, autoClose: false };
    const zip = await fromRandomAccessReaderPromise(new FileReader(handle, size), size, options);
    for await (const entry of zip.eachEntry()) yield await rawEntry(zip, entry);
  } catch (error) {
    throw unreadable(error);
  } finally {
    await handle.close();
  }
}

/**
 * Reads within the file only. yauzl's own reader passes any offset that a hostile zip64 record names to fs.read, which
 * throws outside of every promise where the offset is no safe integer, and so ends the process.
 */
class FileReader extends RandomAccessReader {
  readonly #handle: fs.promises.FileHandle;
  readonly #size: number;

  constructor(handle: fs.promises.FileHandle, size: number) {
    super();
    this.#handle = handle;
    this.#size = size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (position + length > this.#size) return void setImmediate(callback, new Error('it is cut off'));
    fs.read(this.#handle.fd, buffer, offset, length, position, callback);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end), { objectMode: false });
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end;) {
      const { buffer, bytesRead } = await this.#handle.read({
        buffer: Buffer.allocUnsafe(Math.min(PIECE, end - at)),
        position: at,
      });
      if (bytesRead === 0) throw new Error('it is cut off');
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

async function rawEntry(zip: ZipFile, entry: Entry): Promise<RawEntry> {
  if (entry.isEncrypted()) throw new ArchiveUnreadable('it is encrypted');
  if (!entry.canDecodeFileData()) {
    throw new ArchiveUnreadable(`it is packed by method ${entry.compressionMethod}, which bake cannot read`);
  }
  const path = pathOf(entry);
  const mode = modeOf(entry);
  const size = entry.uncompressedSize;
  const type = mode & 0o170000;
  if (path.endsWith('/') || type === 0o040000) {
    return { entry: { kind: 'folder', path, mode: mode & 0o7777 }, content: noContent() };
  }
  if (type === 0o120000) {
    if (size > LONGEST_LINK) throw new ArchiveUnreadable('it has a link that is too long');
    const parts: Buffer[] = [];
    for await (const part of contentOf(zip, entry)) parts.push(part);
    const target = Buffer.concat(parts).toString('utf8');
    return { entry: { kind: 'link', path, target }, content: noContent() };
  }
  if (type !== 0 && type !== 0o100000) {
    return { entry: { kind: 'other', path, what: 'a device or a pipe' }, content: noContent() };
  }
  // Only Unix and macOS record a mode.
  const fileMode = type === 0 ? 0o644 : mode & 0o7777;
  return { entry: { kind: 'file', path, mode: fileMode, size }, content: contentOf(zip, entry) };
}

/** yauzl checks the size of deflated and stored entries, but no checksum. */
async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  let sum = 0;
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      const bytes = chunk as Buffer;
      sum = crc32(bytes, sum);
      yield bytes;
    }
  } catch (error) {
    throw unreadable(error);
  }
  if (sum >>> 0 !== entry.crc32) throw new ArchiveUnreadable('it is damaged: a checksum does not match');
}

function pathOf({ fileNameRaw, generalPurposeBitFlag }: Entry): string {
  const text = fileNameRaw.toString('utf8');
  const isUtf8 = (generalPurposeBitFlag & 0x800) !== 0 || Buffer.from(text, 'utf8').equals(fileNameRaw);
  return isUtf8 ? text : fileNameRaw.toString('latin1');
}

/** Host 3 is Unix, 19 is macOS: the upper half of the attributes is the mode (PKWARE APPNOTE 6.3.10, 4.4.2). */
function modeOf({ versionMadeBy, externalFileAttributes }: Entry): number {
  const host = versionMadeBy >>> 8;
  return host === 3 || host === 19 ? externalFileAttributes >>> 16 : 0;
}

/** yauzl throws plain errors, which all mean that it cannot read the bytes; the system's errors have a code. */
function unreadable(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const isSystem = code !== undefined && !code.startsWith('Z_');
  return error instanceof ArchiveUnreadable || isSystem
    ? error
    : new ArchiveUnreadable(`it is damaged: ${message}`);
}
