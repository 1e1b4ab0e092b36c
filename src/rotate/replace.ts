/**
 * Replaces the content of a user's own file. Unlike util/files.ts, it keeps the file's mode, owner and symbolic link,
 * and removes the temporary files of runs that were killed. Each new content is durable before it takes the place of
 * the old one. Many files are synced together, because a disk needs as long for one.
 */
import { randomBytes } from 'node:crypto';
import fs, { type Stats } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkOwner, thisProcess } from '../util/owner.ts';
import { sha256 } from '../util/sha256.ts';
import { LARGEST, readUpTo, TOO_LARGE } from './read.ts';

/** A user's file that has been read. */
export interface Original {
  /** The target of a symbolic link. */
  target: string;
  stat: Stats;
  /** Valid until the next file is read into the same memory. */
  bytes: Buffer;
}

/**
 * Reads a regular file, and never blocks on a pipe.
 * @throws the system's error, or one that says what the path is
 */
export function readOriginal(file: string): Original {
  const target = fs.lstatSync(file).isSymbolicLink() ? fs.realpathSync(file) : file;
  const fd = fs.openSync(target, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const stat = fs.fstatSync(fd);
    if (stat.isDirectory()) throw new Error('it is a folder');
    if (!stat.isFile()) throw new Error('it is not a regular file');
    const bytes = readUpTo(fd, stat.size);
    if (bytes.length > LARGEST) throw new Error(TOO_LARGE);
    return { target, stat, bytes };
  } finally {
    fs.closeSync(fd);
  }
}

const fsync = promisify(fs.fsync);

/** New content in a temporary file beside the original. */
export interface NewContent {
  temp: string;
  fd: number;
  original: Original;
}

/**
 * Writes the new content into a temporary file. The mode is kept, and the owner if this user may set it. A hard link is
 * broken: the other name keeps the old content.
 * @throws the system's error after removing the temporary file
 */
export function prepare(original: Original, content: Buffer): NewContent {
  const { target, stat } = original;
  // A rename would also replace a write-protected file, against its owner's wish.
  fs.accessSync(target, fs.constants.W_OK);
  const temp = path.join(path.dirname(target), tempName());
  const fd = fs.openSync(temp, 'wx', 0o600);
  try {
    for (let at = 0; at < content.length;) at += fs.writeSync(fd, content, at);
    giveTo(fd, stat);
    fs.fchmodSync(fd, stat.mode & 0o7777);
    return { temp, fd, original };
  } catch (error) {
    discard({ temp, fd });
    throw error;
  }
}

/** Makes the new content durable. @returns the error; it never throws */
export async function sync({ fd }: Pick<NewContent, 'fd'>): Promise<Error | undefined> {
  try {
    await fsync(fd);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/**
 * Renames durable content to the name of the original.
 * @returns false if the file is no longer the one that was read; it is left unchanged
 * @throws the system's error after removing the temporary file
 */
export function replaceOriginal(fresh: NewContent): boolean {
  const { temp, fd, original } = fresh;
  try {
    if (!isSame(original)) {
      discard(fresh);
      return false;
    }
    fs.renameSync(temp, original.target);
    fs.closeSync(fd);
    return true;
  } catch (error) {
    discard(fresh);
    throw error;
  }
}

/** Removes the temporary file. */
export function discard({ temp, fd }: Pick<NewContent, 'temp' | 'fd'>): void {
  try {
    fs.closeSync(fd);
  } catch {
    // The file is already closed.
  }
  fs.rmSync(temp, { force: true });
}

function isSame({ target, stat }: Original): boolean {
  const now = fs.statSync(target, { throwIfNoEntry: false });
  return (
    now !== undefined &&
    now.ino === stat.ino &&
    now.size === stat.size &&
    now.mtimeMs === stat.mtimeMs &&
    now.ctimeMs === stat.ctimeMs
  );
}

function giveTo(fd: number, { uid, gid }: Stats): void {
  const own = fs.fstatSync(fd);
  if (own.uid === uid && own.gid === gid) return;
  try {
    fs.fchownSync(fd, uid, gid);
  } catch {
    // Only root may change the owner. Otherwise this user owns the new file, as with an editor that saves by renaming.
  }
}

/** Makes renames in folders durable. File systems that cannot sync folders do not need it. */
export async function syncFolders(folders: ReadonlySet<string>): Promise<void> {
  const rest = folders.values();
  async function one(): Promise<void> {
    for (const folder of rest) {
      const fd = openFolder(folder);
      if (fd === undefined) continue;
      await fsync(fd).catch(() => {});
      fs.closeSync(fd);
    }
  }
  await Promise.all(Array.from({ length: 8 }, one));
}

function openFolder(folder: string): number | undefined {
  try {
    return fs.openSync(folder, 'r');
  } catch {
    return undefined;
  }
}

const TEMPORARY = /^\.bake-([0-9a-f]{8})-([0-9]+)-([0-9]*)-[0-9a-f]{12}$/;
/** The age at which a temporary file of another machine counts as stale: no run takes this long for one file. */
const STALE_MS = 60 * 60 * 1000;

/**
 * The name identifies its process, so that no run removes a file of another one. It is short, because the original's
 * name may already have the maximum length.
 */
function tempName(): string {
  me ??= thisProcess();
  count += 1;
  // The prefix distinguishes threads.
  return `.bake-${hostKey(me.host)}-${me.pid}-${me.started}-${own}${count.toString(16).padStart(6, '0')}`;
}

const own = randomBytes(3).toString('hex');
let count = 0;
let me: ReturnType<typeof thisProcess> | undefined;

const hostKeys = new Map<string, string>();

function hostKey(host: string): string {
  const known = hostKeys.get(host);
  if (known !== undefined) return known;
  const key = sha256(host).slice(0, 8);
  hostKeys.set(host, key);
  return key;
}

/** Whether a file name is that of a temporary file of bake. */
export function isTemporary(name: string): boolean {
  return name.startsWith('.bake-') && TEMPORARY.test(name);
}

/** Removes the temporary files that killed runs left in a folder. */
export function removeStaleFiles(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    if (!name.startsWith('.bake-')) continue;
    const [, host, pid = '', started = ''] = TEMPORARY.exec(name) ?? [];
    if (host !== undefined && isDead(path.join(folder, name), { host, pid, started })) {
      fs.rmSync(path.join(folder, name), { force: true });
    }
  }
}

function isDead(file: string, owner: { host: string; pid: string; started: string }): boolean {
  const { host } = (me ??= thisProcess());
  if (owner.host !== hostKey(host)) {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    return stat !== undefined && Date.now() - stat.mtimeMs > STALE_MS;
  }
  return checkOwner({ host, pid: Number(owner.pid), started: owner.started }) === 'dead';
}
