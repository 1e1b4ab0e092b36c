/** Owns writing a file so that a reader sees the old one or the new one, never half of it. */
import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, existsSync, mkdirSync, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';

/**
 * Writes by temp + fsync + rename, making the folders on the way.
 * @throws BakeError FOLDER_UNWRITABLE, FILE_UNWRITABLE where a folder has that name
 */
export async function writeFileAtomic(file: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const temp = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(path.dirname(file));
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

/**
 * Makes a folder and those above it. Not by `mkdir({ recursive: true })`: that never returns where the kernel answers
 * ENOENT below a folder that exists, as /proc does (seen on Node 20.20.2).
 * @throws the system's own error
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

/** No input of ours is larger; a device or an endless file must not fill the memory. */
const LARGEST_INPUT = 64 * 1024 * 1024;

/**
 * Reads an input file whole. A pipe or a device is refused before it is opened: opening one can hang for good, and no
 * signal ends a process whose thread hangs in open(2).
 * @throws the system's own error, or one with a message that says what the path is
 */
export async function readInput(file: string): Promise<Buffer> {
  if ((await sizeOf(file)) > LARGEST_INPUT)
    throw new Error(`it is larger than ${LARGEST_INPUT / 1024 / 1024} MiB`);
  return fs.readFile(file);
}

/** Digest and size in bytes of a file that need not fit into memory. @throws as readInput */
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

/** How much of a file is read at once. */
const READ = 1024 * 1024;

/** @returns bytes */
async function sizeOf(file: string): Promise<number> {
  const stat = await fs.stat(file);
  if (!stat.isFile()) throw new Error(stat.isDirectory() ? 'it is a folder' : 'it is no regular file');
  return stat.size;
}

/**
 * Puts another name of a file at a path, or a copy where links do not reach; what was there is replaced. Neither name is
 * to be written to in place.
 * @throws BakeError FOLDER_UNWRITABLE
 */
export async function placeFile(source: string, file: string): Promise<void> {
  const temp = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(path.dirname(file));
    // Another file system, one without links, or a file of another owner (fs.protected_hardlinks).
    await fs.link(source, temp).catch(() => copyDurably(source, temp));
    await fs.rename(temp, file);
  } catch (error) {
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(file), reason: (error as Error).message });
  } finally {
    // Renaming a link over another of the same file does nothing.
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

/** Whether anything is there that this process can see. */
export async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
