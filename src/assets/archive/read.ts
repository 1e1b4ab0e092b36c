/** Owns opening an archive by what its first bytes say, and walking through it entry by entry, judged. */
import fs from 'node:fs';
import { createGunzip } from 'node:zlib';
import { DecompressFailed, decompressed, type Compression } from '../../programs/decompress.ts';
import { assetError, AssetError } from '../asset-error.ts';
import { entryChecker, type ArchiveEntry, type ArchiveLimits } from './check-entry.ts';
import { ArchiveUnreadable, type RawEntry } from './raw-entry.ts';
import { tarEntries } from './tar.ts';
import { zipEntries } from './zip.ts';

export interface CheckedEntry {
  entry: ArchiveEntry;
  content: AsyncIterable<Buffer>;
}

/** Where xz, bzip2 and zstd are looked for. */
const PROGRAMS = '/usr/local/bin:/usr/bin:/bin';

const MAGIC: readonly [string, Compression | 'gzip' | 'zip'][] = [
  ['1f8b', 'gzip'],
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['28b52ffd', 'zstd'],
];

/**
 * Every entry of the archive as it will be unpacked, with its content.
 * @param name of the asset, for errors
 * @throws AssetError ASSET_ARCHIVE, PROGRAM_MISSING
 */
export async function* readArchive(
  file: string,
  name: string,
  limits: ArchiveLimits,
): AsyncGenerator<CheckedEntry> {
  const judge = entryChecker(name, limits);
  try {
    for await (const { entry, content } of await entriesOf(file, limits)) {
      if (entry.kind === 'other') {
        throw assetError('ASSET_ARCHIVE', {
          name,
          entry: entry.path.slice(0, 200),
          reason: `it is ${entry.what}`,
        });
      }
      const judged = judge.take(entry);
      if (judged !== undefined) yield { entry: judged, content: told(content, name) };
    }
  } catch (error) {
    throw responseError(error, name);
  }
}

/** What is damaged in mid-file fails in the hands of whoever reads it. */
async function* told(content: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw responseError(error, name);
  }
}

function responseError(error: unknown, name: string): unknown {
  if (error instanceof AssetError) return error;
  if (error instanceof DecompressFailed && error.missing) {
    const [program = ''] = error.message.split(' ');
    return assetError('PROGRAM_MISSING', { program, purpose: `unpack the asset ${name}` });
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const ours = error instanceof ArchiveUnreadable || error instanceof DecompressFailed;
  const damaged = code !== undefined && /^(Z_|ERR_BUFFER|ERR_OUT_OF_RANGE)/.test(code);
  if (!ours && !damaged) return error;
  return assetError('ASSET_ARCHIVE', {
    name,
    entry: '',
    reason: ours ? message : `it is damaged: ${message}`,
  });
}

async function entriesOf(file: string, limits: ArchiveLimits): Promise<AsyncGenerator<RawEntry>> {
  const handle = await fs.promises.open(file, 'r');
  let first: string;
  try {
    first = (await handle.read(Buffer.alloc(6), 0, 6, 0)).buffer.toString('hex');
  } finally {
    await handle.close();
  }
  const kind = MAGIC.find(([magic]) => first.startsWith(magic))?.[1];
  if (kind === 'zip') return zipEntries(file);
  return tarEntries(bounded(plain(file, kind), limits));
}

function plain(file: string, kind: Compression | 'gzip' | undefined): AsyncIterable<Buffer> {
  if (kind === 'gzip') return gunzipped(file);
  return kind === undefined ? fs.createReadStream(file) : decompressed(file, kind, PROGRAMS);
}

async function* gunzipped(file: string): AsyncGenerator<Buffer> {
  const input = fs.createReadStream(file, { highWaterMark: 1024 * 1024 });
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  input.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of input.pipe(gunzip)) yield chunk as Buffer;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

/** Zeros without end, or headers alone: what the judge does not see is limited, too. */
async function* bounded(bytes: AsyncIterable<Buffer>, limits: ArchiveLimits): AsyncGenerator<Buffer> {
  let left = limits.bytes + limits.entries * 1024 + 16 * 1024 * 1024;
  for await (const chunk of bytes) {
    left -= chunk.length;
    if (left < 0) throw new ArchiveUnreadable('it unpacks to more than is allowed');
    yield chunk;
  }
}
