/** Owns what an archive may hold, whatever its format: entries that stay below their target, and limits. Pure. */
import { assetError, type AssetError } from '../asset-error.ts';

export type ArchiveEntry =
  | { kind: 'file'; path: string; mode: number; size: number }
  | { kind: 'folder'; path: string; mode: number }
  | { kind: 'link'; path: string; target: string }
  /** Another name of a file that stands before it in the archive. */
  | { kind: 'hardlink'; path: string; target: string };

export interface ArchiveLimits {
  /** Folders left out at the beginning of each path. */
  strip: number;
  setuid: boolean;
  /** Bytes of all files together. */
  bytes: number;
  entries: number;
}

export const MAX_ENTRIES = 500_000;

/** Judges entries one by one, in the order of the archive. */
export interface EntryChecker {
  /** The entry as it will be unpacked; undefined: strip leaves nothing of it. @throws AssetError ASSET_ARCHIVE */
  take(entry: ArchiveEntry): ArchiveEntry | undefined;
}

export function entryChecker(name: string, limits: ArchiveLimits): EntryChecker {
  const kinds = new Map<string, ArchiveEntry['kind']>();
  let bytes = 0;
  let entries = 0;
  const refuse = (entry: string, reason: string): AssetError =>
    assetError('ASSET_ARCHIVE', { name, entry: entry.slice(0, 200), reason });

  /** Every folder on the way must be a folder: writing through a link would leave the target. */
  function below(path: string, whole: string): void {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      const kind = kinds.get(parent);
      if (kind !== undefined && kind !== 'folder')
        throw refuse(whole, `it lies below ${parent}, which is no folder`);
      kinds.set(parent, 'folder');
    }
  }

  return {
    take(entry) {
      entries += 1;
      if (entries > limits.entries) throw refuse('', `it has more than ${limits.entries} entries`);
      if (entry.kind === 'file') {
        bytes += entry.size;
        if (bytes > limits.bytes) throw refuse(entry.path, `it unpacks to more than ${limits.bytes} bytes`);
      }
      const whole = cleanPath(entry.path);
      if (whole === undefined) throw refuse(entry.path, 'its path leaves the target');
      const path = stripped(whole, limits.strip);
      if (path === '') {
        if (entry.kind === 'folder' || limits.strip > 0) return undefined;
        throw refuse(entry.path, 'it has no name');
      }
      if (UNFIT.test(path)) throw refuse(entry.path, 'its name has control characters or a backslash');
      if (Buffer.byteLength(path) > 4000) throw refuse(entry.path, 'its path is too long');
      below(path, entry.path);
      const before = kinds.get(path);
      if (before !== undefined && (before !== 'folder' || entry.kind !== 'folder')) {
        throw refuse(entry.path, 'it is there twice');
      }
      kinds.set(path, entry.kind);
      if (entry.kind === 'link') return { ...entry, path, target: linkInside(entry, path, refuse) };
      if (entry.kind === 'hardlink')
        return { ...entry, path, target: sameArchive(entry, limits, kinds, refuse) };
      // Set-id and sticky bits: sticky means nothing outside world-writable folders.
      const special = entry.mode & 0o6000;
      if (special !== 0 && !limits.setuid) throw refuse(entry.path, 'it is setuid or setgid');
      const mode = (entry.mode & 0o755) | (limits.setuid && entry.kind === 'file' ? special : 0);
      return { ...entry, path, mode: entry.kind === 'folder' ? mode | 0o700 : mode | 0o400 };
    },
  };
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const UNFIT = /[\u0000-\u001f\u007f\\]/;

/** Without `./` and double slashes; undefined: absolute, or with a `..`. */
export function cleanPath(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

function stripped(path: string, strip: number): string {
  return path.split('/').slice(strip).join('/');
}

type Refuse = (entry: string, reason: string) => AssetError;

function linkInside(entry: { path: string; target: string }, path: string, refuse: Refuse): string {
  const { target } = entry;
  const inside = path.split('/').slice(0, -1);
  const leaves = refuse(entry.path, `it is a link that leaves the target: ${target.slice(0, 200)}`);
  if (target === '' || target.startsWith('/') || UNFIT.test(target) || target.length > 4000) throw leaves;
  let down = false;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    // Up only at the beginning, where the folders are known to be folders: after a name it might be up from a link.
    if (part === '..' && (down || inside.pop() === undefined)) throw leaves;
    down ||= part !== '..';
  }
  return target;
}

function sameArchive(
  entry: { path: string; target: string },
  { strip }: ArchiveLimits,
  kinds: ReadonlyMap<string, string>,
  refuse: Refuse,
): string {
  const clean = cleanPath(entry.target);
  const target = clean === undefined ? '' : stripped(clean, strip);
  if (kinds.get(target) !== 'file') {
    throw refuse(entry.path, `it is a hard link to what is no file before it: ${entry.target.slice(0, 200)}`);
  }
  return target;
}
