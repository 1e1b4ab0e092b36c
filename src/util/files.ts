/** Reads and writes files; a reader sees either the old file or the new one, never a part of it. */
import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, existsSync, mkdirSync, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';

/**
 * Writes a temporary file, syncs it to disk and renames it; makes the parent folders.
 * @throws BakeError FOLDER_UNWRITABLE, or FILE_UNWRITABLE if a folder has that name
 */
export async function writeFileAtomic(file: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const temp = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(path.dirname(file));
    await clearLeftovers(file);
    const handle = await fs.open(temp, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temp, file);
  } catch (error) {
    await fs.rm(temp, { force: true }).catch(() => {});
    const isFolder = await fs.stat(file).then(
      (stat) => stat.isDirectory(),
      () => false,
    );
    if (isFolder) {
      throw new BakeError('FILE_UNWRITABLE', { path: file, reason: 'it is a folder' });
    }
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(file), reason: (error as Error).message });
  }
}

/** No write of one file takes longer, so a temporary file that nobody has touched since was left by a killed run. */
const LEFT_AFTER_MS = 3_600_000;

/** Folder → the temporary names that it had at this process's first write into it. */
const temporaries = new Map<string, string[]>();

/**
 * Removes the temporary files and folders that killed runs left of this file: `FILE.` with a process id or eight
 * hexadecimal digits, then `.tmp`.
 */
export async function clearLeftovers(file: string): Promise<void> {
  const folder = path.dirname(path.resolve(file));
  let names = temporaries.get(folder);
  if (!names) {
    const all = await fs.readdir(folder).catch(() => []);
    names = all.filter((name) => name.endsWith('.tmp'));
    temporaries.set(folder, names);
  }
  const start = `${path.basename(file)}.`;
  for (const name of names) {
    if (!name.startsWith(start) || !/^(\d{1,10}|[0-9a-f]{8})\.tmp$/.test(name.slice(start.length))) continue;
    const leftover = path.join(folder, name);
    // The time of the last change of the inode: a hard link has the content's old time of modification.
    const changed = await fs.lstat(leftover).then(
      (stat) => stat.ctimeMs,
      () => Infinity,
    );
    if (changed < Date.now() - LEFT_AFTER_MS)
      await fs.rm(leftover, { recursive: true, force: true }).catch(() => {});
  }
}

/**
 * Makes a folder and its parents. It does not use `mkdir({ recursive: true })`, which never returns if the kernel answers
 * ENOENT below an existing folder, as in /proc (seen on Node 20.20.2).
 * @throws the error of the file system
 */
export function makeFolder(folder: string, mode = 0o777): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    if (code !== 'ENOENT' || path.dirname(folder) === folder || existsSync(path.dirname(folder))) throw error;
    makeFolder(path.dirname(folder), mode);
    mkdirSync(folder, { mode });
  }
}

/** No valid input is larger. The limit protects the memory from an endless file. */
const LARGEST_INPUT = 64 * 1024 * 1024;

/**
 * Reads a whole input file. It refuses a pipe or a device before opening it, because open(2) can block forever, and no
 * signal ends a process with a thread that is blocked there.
 * @throws the error of the file system, or an error with a message that says what the path is
 */
export async function readInput(file: string): Promise<Buffer> {
  if ((await sizeOf(file)) > LARGEST_INPUT)
    throw new Error(`it is larger than ${LARGEST_INPUT / 1024 / 1024} MiB`);
  return fs.readFile(file);
}

/** The digest and the size in bytes of a file that may be larger than the memory. @throws as readInput */
export async function digestFile(file: string): Promise<{ sha256: string; size: number }> {
  await sizeOf(file);
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: READ }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}

/** The number of bytes to read at once. */
const READ = 1024 * 1024;

/** @returns bytes */
async function sizeOf(file: string): Promise<number> {
  const stat = await fs.stat(file);
  if (!stat.isFile()) throw new Error(stat.isDirectory() ? 'it is a folder' : 'it is not a regular file');
  return stat.size;
}

/**
 * Puts a hard link to a file at a path, or a copy if a link is not possible, and replaces an existing file. Neither file
 * may be written in place afterwards.
 * @throws BakeError FOLDER_UNWRITABLE
 */
export async function placeFile(source: string, file: string): Promise<void> {
  const temp = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(path.dirname(file));
    await clearLeftovers(file);
    // A link fails on another file system, on one without links, or for a file of another owner (fs.protected_hardlinks).
    await fs.link(source, temp).catch(() => copyDurably(source, temp));
    await fs.rename(temp, file);
  } catch (error) {
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(file), reason: (error as Error).message });
  } finally {
    // rename(2) does nothing if both names are links to the same file, so the temporary name is still there.
    await fs.rm(temp, { force: true }).catch(() => {});
  }
}

async function copyDurably(source: string, file: string): Promise<void> {
  await fs.copyFile(source, file, constants.COPYFILE_FICLONE);
  const handle = await fs.open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether the path exists and this process can see it. */
export async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
