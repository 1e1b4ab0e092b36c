/** Implements the store as a folder with one file per key. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { exists, placeFile, writeFileAtomic } from '../util/files.ts';
import { fileError } from '../util/file-error.ts';
import { checkKey } from './keys.ts';
import type { Store } from './store.ts';

/** @param folder absolute path; the first write creates the folder */
export function openFolderStore(folder: string): Store {
  const fileOf = (key: string): string => path.join(folder, ...checkKey(key).split('/'));
  return {
    uri: folder,
    uriOf: fileOf,
    async check() {
      const file = await fileInTheWay(folder);
      const place = file ?? (await nearestExisting(folder));
      const reason = file === undefined ? await writeProblem(place) : 'it is not a folder';
      if (reason !== undefined) throw new BakeError('FOLDER_UNWRITABLE', { path: place, reason });
    },
    async get(key) {
      const file = fileOf(key);
      try {
        return await fs.readFile(file);
      } catch (error) {
        return absentOr(error, file);
      }
    },
    async put(key, bytes, { ifAbsent } = {}) {
      const file = fileOf(key);
      // Not atomic, but concurrent writers of such a key write the same bytes: the key contains their digest.
      if (ifAbsent && (await exists(file))) return 'kept';
      await writeFileAtomic(file, bytes);
      return 'written';
    },
    async putFile(key, { source }, { ifAbsent } = {}) {
      const file = fileOf(key);
      if (ifAbsent && (await exists(file))) return 'kept';
      await placeFile(source, file);
      return 'written';
    },
    async list(prefix) {
      const keys = (await filesBelow(folder)).map((file) =>
        path.relative(folder, file).replaceAll(path.sep, '/'),
      );
      return keys.filter((key) => key.startsWith(prefix)).sort();
    },
  };
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true });
    const below = entries.map(async (entry): Promise<string[]> => {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(file);
      // A .tmp file belongs to a write that is in progress or was killed.
      return entry.isFile() && !entry.name.endsWith('.tmp') ? [file] : [];
    });
    return (await Promise.all(below)).flat();
  } catch (error) {
    return absentOr(error, folder) ?? [];
  }
}

function absentOr(error: unknown, file: string): undefined {
  const { code, message } = fileError(error);
  // A folder at the path, or a file in place of a parent folder, also means that there is no object, as in S3.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
  throw new BakeError('FILE_UNREADABLE', { path: file, reason: message }, { cause: error });
}

/** The path of a file that is in place of the folder or of one of its parents; undefined if there is none. */
export async function fileInTheWay(folder: string): Promise<string | undefined> {
  const place = await nearestExisting(folder);
  return (await fs.stat(place)).isDirectory() ? undefined : place;
}

/** The folder itself, or its nearest parent that exists. */
async function nearestExisting(folder: string): Promise<string> {
  let at = folder;
  while (!(await exists(at)) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}

function writeProblem(folder: string): Promise<string | undefined> {
  return fs.access(folder, fs.constants.W_OK | fs.constants.X_OK).then(
    () => undefined,
    (error: unknown) => fileError(error).message,
  );
}
