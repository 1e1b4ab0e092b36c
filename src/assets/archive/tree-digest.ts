/** Computes the digest of an archive's content: equal for equal content, whatever the compression and order. */
import { createHash } from 'node:crypto';
import { compareText } from '../../util/compare.ts';
import { sha256 } from '../../util/sha256.ts';
import { MAX_ENTRIES, type ArchiveEntry } from './check-entry.ts';
import { readArchive } from './read.ts';

/** The limit for source archives, whose size no setting limits. */
const MAX_BYTES = 64 * 1024 ** 3;

/** The line of an entry in the digested list; folders have none, since the paths of their files imply them. */
export function treeLine(entry: ArchiveEntry, digest: string): string | undefined {
  if (entry.kind === 'folder') return undefined;
  if (entry.kind === 'link') return `${entry.path}\0link ${entry.target}`;
  if (entry.kind === 'hardlink') return `${entry.path}\0same ${entry.target}`;
  return `${entry.path}\0${(entry.mode & 0o100) === 0 ? 'file' : 'program'} ${digest}`;
}

/** @throws AssetError ASSET_ARCHIVE */
export async function archiveTreeDigest(file: string, name: string): Promise<string> {
  const lines: string[] = [];
  const limits = { strip: 0, setuid: true, bytes: MAX_BYTES, entries: MAX_ENTRIES };
  for await (const { entry, content } of readArchive(file, name, limits)) {
    const hash = createHash('sha256');
    if (entry.kind === 'file') for await (const chunk of content) hash.update(chunk);
    const line = treeLine(entry, hash.digest('hex'));
    if (line !== undefined) lines.push(line);
  }
  return sha256(`${lines.sort(compareText).join('\n')}\n`);
}
