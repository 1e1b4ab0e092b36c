/** Opens an archive by its first bytes and returns its entries, each checked. */
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

/** The folders in which bake looks for xz, bzip2 and zstd. */
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
 * Returns every entry as it will be unpacked, with its content.
 * @param name the asset's, for errors
 * @throws AssetError ASSET_ARCHIVE, PROGRAM_MISSING
 */
export async function* readArchive(
  file: string,
  name: string,
  limits: ArchiveLimits,
): AsyncGenerator<CheckedEntry> {
  const checker = entryChecker(name, limits);
  try {
    for await (const { entry, content } of await openEntries(file, limits)) {
      if (entry.kind === 'other') {
        throw assetError('ASSET_ARCHIVE', {
          name,
          entry: entry.path.slice(0, 200),
          reason: `it is ${entry.what}`,
        });
      }
      const checked = checker.check(entry);
      if (checked !== undefined) yield { entry: checked, content: withAssetErrors(content, name) };
    }
  } catch (error) {
    throw toAssetError(error, name);
  }
}

/** Damage inside a file shows only while its content is read. */
async function* withAssetErrors(content: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    throw toAssetError(error, name);
  }
}

function toAssetError(error: unknown, name: string): unknown {
  if (error instanceof AssetError) return error;
  if (error instanceof DecompressFailed && error.missing) {
    const [program = ''] = error.message.split(' ');
    return assetError('PROGRAM_MISSING', { program, purpose: `unpack the asset ${name}` });
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const unreadable = error instanceof ArchiveUnreadable || error instanceof DecompressFailed;
  const damaged = code !== undefined && /^(Z_|ERR_BUFFER|ERR_OUT_OF_RANGE)/.test(code);
  if (!unreadable && !damaged) return error;
  return assetError('ASSET_ARCHIVE', {
    name,
    entry: '',
    reason: unreadable ? message : `it is damaged: ${message}`,
  });
}

async function openEntries(file: string, limits: ArchiveLimits): Promise<AsyncGenerator<RawEntry>> {
  const handle = await fs.promises.open(file, 'r');
  let magicBytes: string;
  try {
    magicBytes = (await handle.read(Buffer.alloc(6), 0, 6, 0)).buffer.toString('hex');
  } finally {
    await handle.close();
  }
  const kind = MAGIC.find(([magic]) => magicBytes.startsWith(magic))?.[1];
  if (kind === 'zip') return zipEntries(file);
  return tarEntries(limitBytes(decompress(file, kind), limits));
}

function decompress(file: string, kind: Compression | 'gzip' | undefined): AsyncIterable<Buffer> {
  if (kind === 'gzip') return gunzip(file);
  return kind === undefined ? fs.createReadStream(file) : decompressed(file, kind, PROGRAMS);
}

async function* gunzip(file: string): AsyncGenerator<Buffer> {
  const input = fs.createReadStream(file, { highWaterMark: 1024 * 1024 });
  const unzipper = createGunzip({ chunkSize: 256 * 1024 });
  input.on('error', (error) => unzipper.destroy(error));
  try {
    for await (const chunk of input.pipe(unzipper)) yield chunk as Buffer;
  } finally {
    input.destroy();
    unzipper.destroy();
  }
}

/** Limits what the entry checker never sees: endless zeros, or headers without files. */
async function* limitBytes(bytes: AsyncIterable<Buffer>, limits: ArchiveLimits): AsyncGenerator<Buffer> {
  let left = limits.bytes + limits.entries * 1024 + 16 * 1024 * 1024;
  for await (const chunk of bytes) {
    left -= chunk.length;
    if (left < 0) throw new ArchiveUnreadable('it unpacks to more than its limit');
    yield chunk;
  }
}
