/**
 * Repacks an archive as the plain tar that an image gets, entry by entry from what was checked. The image's tar then
 * reads nothing that this machine did not understand, and every format arrives as the same one.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { clearLeftovers, makeFolder } from '../../util/files.ts';
import { sha256 } from '../../util/sha256.ts';
import { TAR_END, tarHeader, tarPadding } from '../../util/tar.ts';
import { MAX_ENTRIES, type ArchiveEntry } from './check-entry.ts';
import { readArchive } from './read.ts';

export interface Repacked {
  sha256: string;
  size: number;
  /** Digest of the list of digests in the tar. */
  sums: string;
  files: number;
}

/** The two top entries of the tar: the content, and the `sha256sum -c` lines of its files. */
export const CONTENT = 'content';
export const SUMS = 'sums';

/** How many bytes are written at once. */
const WRITE = 1024 * 1024;

/**
 * Writes the tar (temporary file, fsync, rename). Equal archives and settings give equal bytes.
 * @throws AssetError ASSET_ARCHIVE
 */
export async function repack(
  archive: string,
  out: string,
  { name, strip, setuid, mebibytes }: { name: string; strip: number; setuid: boolean; mebibytes: number },
): Promise<Repacked> {
  const limits = { strip, setuid, bytes: mebibytes * 1024 * 1024, entries: MAX_ENTRIES };
  makeFolder(path.dirname(out));
  await clearLeftovers(out);
  const temp = `${out}.${process.pid}.tmp`;
  const handle = await fs.promises.open(temp, 'w');
  try {
    const whole = createHash('sha256');
    const sums: string[] = [];
    let size = 0;
    let waiting: Buffer[] = [];
    let held = 0;
    const flush = async (): Promise<void> => {
      const bytes = Buffer.concat(waiting);
      waiting = [];
      held = 0;
      whole.update(bytes);
      size += bytes.length;
      await handle.writeFile(bytes);
    };
    // Half a million headers of 512 bytes are too many to write one by one.
    const write = async (bytes: Buffer): Promise<void> => {
      waiting.push(bytes);
      held += bytes.length;
      if (held >= WRITE) await flush();
    };
    for await (const { entry, content } of readArchive(archive, name, limits)) {
      await write(tarHeader(inContent(entry)));
      if (entry.kind !== 'file') continue;
      const hash = createHash('sha256');
      for await (const chunk of content) {
        hash.update(chunk);
        await write(chunk);
      }
      await write(tarPadding(entry.size));
      sums.push(`${hash.digest('hex')}  ${entry.path}\n`);
    }
    const list = Buffer.from(sums.join(''));
    await write(tarHeader({ kind: 'file', path: SUMS, mode: 0o644, size: list.length }));
    await write(list);
    await write(tarPadding(list.length));
    await write(TAR_END);
    await flush();
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

function inContent(entry: ArchiveEntry): ArchiveEntry {
  const moved = { ...entry, path: `${CONTENT}/${entry.path}` };
  return moved.kind === 'hardlink' ? { ...moved, target: `${CONTENT}/${moved.target}` } : moved;
}
