/**
 * Owns replacing a user's own file by new content: beside util/files.ts, because such a file has a mode, an owner and
 * maybe a symbolic link that must stay, and its folder must not keep litter of a run that was killed. Thousands are
 * replaced in a run: each is made lasting before it takes its place, many at a time, for a disk takes as long for one.
 */
import { randomBytes } from 'node:crypto';
import fs, { type Stats } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkOwner, thisProcess } from '../util/owner.ts';
import { sha256 } from '../util/sha256.ts';
import { LARGEST, readUpTo, TOO_LARGE } from './read.ts';

/** A user's file, opened and read. */
export interface Original {
  /** Where a link leads to. */
  target: string;
  stat: Stats;
  /** Until the next one is read, which takes the same memory. */
  bytes: Buffer;
}

/**
 * Reads a regular file; a pipe is not waited for.
 * @throws the system's own error, or one that says what the path is
 */
export function readOriginal(file: string): Original {
  const target = fs.lstatSync(file).isSymbolicLink() ? fs.realpathSync(file) : file;
  const fd = fs.openSync(target, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    const stat = fs.fstatSync(fd);
    if (stat.isDirectory()) throw new Error('it is a folder');
    if (!stat.isFile()) throw new Error('it is no regular file');
    const bytes = readUpTo(fd);
    if (bytes.length > LARGEST) throw new Error(TOO_LARGE);
    return { target, stat, bytes };
  } finally {
    fs.closeSync(fd);
  }
}

const sync = promisify(fs.fsync);

/** New content beside the file, not yet in its place. */
export interface Waiting {
  temp: string;
  fd: number;
  original: Original;
}

/**
 * Writes the new content beside the file. Mode stays; owner stays where this user may give files away. Hard links part:
 * the other name keeps the old content.
 * @throws the system's own error; then nothing is left
 */
export function prepare(original: Original, content: Buffer): Waiting {
  const { target, stat } = original;
  // A rename would replace a write-protected file as well; its owner did not mean that.
  fs.accessSync(target, fs.constants.W_OK);
  const temp = path.join(path.dirname(target), tempName());
  const fd = fs.openSync(temp, 'wx', 0o600);
  try {
    for (let at = 0; at < content.length;) at += fs.writeSync(fd, content, at);
    giveTo(fd, stat);
    fs.fchmodSync(fd, stat.mode & 0o7777);
    return { temp, fd, original };
  } catch (error) {
    drop({ temp, fd });
    throw error;
  }
}

/**
 * Makes it last, then puts it in the file's place.
 * @returns false where the file is not the one that was read any more: it is left alone
 * @throws the system's own error; then nothing is left
 */
export async function put(waiting: Waiting): Promise<boolean> {
  const { temp, fd, original } = waiting;
  try {
    await sync(fd);
    if (!isSame(original)) {
      drop(waiting);
      return false;
    }
    fs.renameSync(temp, original.target);
    fs.closeSync(fd);
    return true;
  } catch (error) {
    drop(waiting);
    throw error;
  }
}

/** Takes it away again. */
export function drop({ temp, fd }: Pick<Waiting, 'temp' | 'fd'>): void {
  try {
    fs.closeSync(fd);
  } catch {
    // It is closed.
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
    // Only root may; then the file is this user's, as with an editor that saves by renaming.
  }
}

/** Makes renames in folders last; file systems that cannot sync a folder need not. */
export async function syncFolders(folders: ReadonlySet<string>): Promise<void> {
  const rest = folders.values();
  async function one(): Promise<void> {
    for (const folder of rest) {
      const fd = openFolder(folder);
      if (fd === undefined) continue;
      await sync(fd).catch(() => {});
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

const LITTER = /^\.bake-([0-9a-f]{8})-([0-9]+)-([0-9]*)-[0-9a-f]{12}$/;
/** How long a temporary file of another machine's is left alone: no run writes one file for so long. */
const STALE_MS = 60 * 60 * 1000;

/** Whose it is, so that no run takes away another's: short, whatever the file's name, which may be as long as names get. */
function tempName(): string {
  me ??= thisProcess();
  count += 1;
  // The first half tells threads apart.
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

/** A temporary file of ours. */
export function isLitter(name: string): boolean {
  return name.startsWith('.bake-') && LITTER.test(name);
}

/** Removes what killed runs left in a folder. */
export function sweep(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    if (!name.startsWith('.bake-')) continue;
    const [, host, pid = '', started = ''] = LITTER.exec(name) ?? [];
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
