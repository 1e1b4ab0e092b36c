/**
 * Owns replacing a user's own file by new content: beside util/files.ts, because such a file has a mode, an owner and
 * maybe a symbolic link that must stay, and its folder must not keep litter of a run that was killed.
 */
import { randomBytes } from 'node:crypto';
import {
  access,
  constants,
  type FileHandle,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { fileError } from '../util/file-error.ts';
import { sha256 } from '../util/sha256.ts';

/**
 * Writes by temp + fsync + rename in the folder of the file that a link leads to. Mode stays; owner stays where this
 * user may give files away. Hard links part: the other name keeps the old content.
 * @param name how the file is called in errors
 * @throws BakeError FILE_UNWRITABLE
 */
export async function replaceFile(path: string, content: Buffer, name = path): Promise<void> {
  let temp: string | undefined;
  try {
    const target = await realpath(path);
    // A rename would replace a write-protected file as well; its owner did not mean that.
    await access(target, constants.W_OK);
    const prefix = tempPrefix(target);
    await sweep(dirname(target), prefix);
    temp = join(dirname(target), `${prefix}${randomBytes(6).toString('hex')}`);
    const { mode, uid, gid } = await stat(target);
    const handle = await open(temp, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await giveTo(handle, uid, gid);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temp, target);
    await syncFolder(dirname(target));
  } catch (error) {
    if (temp !== undefined) await rm(temp, { force: true }).catch(() => {});
    const { message: reason } = fileError(error);
    throw new BakeError('FILE_UNWRITABLE', { path: name, reason }, { place: { file: name }, cause: error });
  }
}

/** Short, whatever the file's name: a name may be as long as the file system allows. */
function tempPrefix(target: string): string {
  return `.bake-${sha256(basename(target)).slice(0, 12)}-`;
}

/** Removes what killed runs left for this file. A run at work beside us then fails to rename, and says so: no harm. */
async function sweep(folder: string, prefix: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(prefix)) await rm(join(folder, entry), { force: true });
  }
}

async function giveTo(handle: FileHandle, uid: number, gid: number): Promise<void> {
  const own = await handle.stat();
  if (own.uid === uid && own.gid === gid) return;
  // Only root may; then the file is this user's, as with an editor that saves by renaming.
  await handle.chown(uid, gid).catch(() => {});
}

/** Makes the rename last; file systems that cannot sync a folder need not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
