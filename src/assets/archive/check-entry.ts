/** Checks the entries of an archive, whatever its format: each stays below the target, and limits hold. Pure. */
import { assetError, type AssetError } from '../asset-error.ts';

export type ArchiveEntry =
  | { kind: 'file'; path: string; mode: number; size: number }
  | { kind: 'folder'; path: string; mode: number }
  | { kind: 'link'; path: string; target: string }
  /** Another name of a file that precedes it in the archive. */
  | { kind: 'hardlink'; path: string; target: string };

export interface ArchiveLimits {
  /** How many leading folders of each path are dropped. */
  strip: number;
  setuid: boolean;
  /** Total size of all files. */
  bytes: number;
  entries: number;
}

export const MAX_ENTRIES = 500_000;

/** Checks entries one by one, in the order of the archive. */
export interface EntryChecker {
  /**
   * Returns the entry as it will be unpacked, or undefined where `strip` leaves nothing of its path.
   * @throws AssetError ASSET_ARCHIVE
   */
  check(entry: ArchiveEntry): ArchiveEntry | undefined;
}

export function entryChecker(name: string, limits: ArchiveLimits): EntryChecker {
  const kinds = new Map<string, ArchiveEntry['kind']>();
  let bytes = 0;
  let entries = 0;
  const refuse = (entry: string, reason: string): AssetError =>
    assetError('ASSET_ARCHIVE', { name, entry: entry.slice(0, 200), reason });

  /** Every parent must be a folder: a write through a link could leave the target. */
  function checkParents(path: string, whole: string): void {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      const kind = kinds.get(parent);
      if (kind !== undefined && kind !== 'folder')
        throw refuse(whole, `it lies below ${parent}, which is not a folder`);
      kinds.set(parent, 'folder');
    }
  }

  return {
    check(entry) {
      entries += 1;
      if (entries > limits.entries) throw refuse('', `it has more than ${limits.entries} entries`);
      if (entry.kind === 'file') {
        bytes += entry.size;
        if (bytes > limits.bytes) throw refuse(entry.path, `it unpacks to more than ${limits.bytes} bytes`);
      }
      const whole = cleanPath(entry.path);
      if (whole === undefined) throw refuse(entry.path, 'its path leaves the target');
      const path = stripFolders(whole, limits.strip);
      if (path === '') {
        if (entry.kind === 'folder' || limits.strip > 0) return undefined;
        throw refuse(entry.path, 'it has no name');
      }
      if (FORBIDDEN.test(path)) throw refuse(entry.path, 'its name has control characters or a backslash');
      if (Buffer.byteLength(path) > 4000) throw refuse(entry.path, 'its path is too long');
      checkParents(path, entry.path);
      const earlier = kinds.get(path);
      if (earlier !== undefined && (earlier !== 'folder' || entry.kind !== 'folder')) {
        throw refuse(entry.path, 'the archive has it twice');
      }
      kinds.set(path, entry.kind);
      if (entry.kind === 'link') return { ...entry, path, target: checkedLinkTarget(entry, path, refuse) };
      if (entry.kind === 'hardlink')
        return { ...entry, path, target: checkedHardlinkTarget(entry, limits, kinds, refuse) };
      // The sticky bit is dropped: it has no effect outside world-writable folders.
      const special = entry.mode & 0o6000;
      if (special !== 0 && !limits.setuid) throw refuse(entry.path, 'it is setuid or setgid');
      const mode = (entry.mode & 0o755) | (limits.setuid && entry.kind === 'file' ? special : 0);
      return { ...entry, path, mode: entry.kind === 'folder' ? mode | 0o700 : mode | 0o400 };
    },
  };
}

// oxlint-disable-next-line no-control-regex -- the rule is about control characters
const FORBIDDEN = /[\u0000-\u001f\u007f\\]/;

/** Removes `./` and double slashes; returns undefined where the path is absolute or has a `..`. */
export function cleanPath(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

function stripFolders(path: string, strip: number): string {
  return path.split('/').slice(strip).join('/');
}

type Refuse = (entry: string, reason: string) => AssetError;

function checkedLinkTarget(entry: { path: string; target: string }, path: string, refuse: Refuse): string {
  const { target } = entry;
  const inside = path.split('/').slice(0, -1);
  const leaves = refuse(entry.path, `it is a link that leaves the target: ${target.slice(0, 200)}`);
  if (target === '' || target.startsWith('/') || FORBIDDEN.test(target) || target.length > 4000) throw leaves;
  let down = false;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    // `..` may only lead: its parents are known to be folders, while after a name it could go up from a link.
    if (part === '..' && (down || inside.pop() === undefined)) throw leaves;
    down ||= part !== '..';
  }
  return target;
}

function checkedHardlinkTarget(
  entry: { path: string; target: string },
  { strip }: ArchiveLimits,
  kinds: ReadonlyMap<string, string>,
  refuse: Refuse,
): string {
  const clean = cleanPath(entry.target);
  const target = clean === undefined ? '' : stripFolders(clean, strip);
  if (kinds.get(target) !== 'file') {
    throw refuse(
      entry.path,
      `it is a hard link to something that is not an earlier file: ${entry.target.slice(0, 200)}`,
    );
  }
  return target;
}
