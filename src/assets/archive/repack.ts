/**
 * Owns what an image is given of an archive: a plain tar that is written here, entry by entry, of what was judged. So
 * the image's tar reads nothing that this machine did not understand, and every format arrives the same way.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import nodePath from 'node:path';
import { makeFolder } from '../../util/files.ts';
import { sha256 } from '../../util/sha256.ts';
import { TAR_END, tarHeader, tarPadding } from '../../util/tar.ts';
import { MAX_ENTRIES, type ArchiveEntry } from './check-entry.ts';
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

/**
 * Writes the tar (temp, fsync, rename). Equal archives and settings give equal bytes.
 * @throws AssetError ASSET_ARCHIVE
 */
export async function repack(
  archive: string,
  out: string,
  { name, strip, setuid, mebibytes }: { name: string; strip: number; setuid: boolean; mebibytes: number },
): Promise<Repacked> {
  const limits = { strip, setuid, bytes: mebibytes * 1024 * 1024, entries: MAX_ENTRIES };
  makeFolder(nodePath.dirname(out));
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
  const path = `${CONTENT}/${entry.path}`;
  return entry.kind === 'hardlink'
    ? { ...entry, path, target: `${CONTENT}/${entry.target}` }
    : { ...entry, path };
}
