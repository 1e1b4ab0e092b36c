/** Owns the store as a folder: one file per key. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { exists, placeFile, writeFileAtomic } from '../util/files.ts';
import { fileError } from '../util/file-error.ts';
import { checkKey } from './keys.ts';
import type { Store } from './store.ts';

/** @param folder absolute; made by the first write */
export function openFolderStore(folder: string): Store {
  const fileOf = (key: string): string => path.join(folder, ...checkKey(key).split('/'));
  return {
    uri: folder,
    uriOf: fileOf,
    async check() {
      const file = await fileInTheWay(folder);
      const place = file ?? (await nearestExisting(folder));
      const reason = file === undefined ? await refusal(place) : 'it is no folder';
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
      // Two writers of one key that is made once write the same bytes: keys of such objects hold their digest.
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
      // A temporary file of a write under way, or of one that was killed.
      return entry.isFile() && !entry.name.endsWith('.tmp') ? [file] : [];
    });
    return (await Promise.all(below)).flat();
  } catch (error) {
    return absentOr(error, folder) ?? [];
  }
}

function absentOr(error: unknown, file: string): undefined {
  const { code, message } = fileError(error);
  // A folder or a file on the way is no object either, as in S3.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
  throw new BakeError('FILE_UNREADABLE', { path: file, reason: message }, { cause: error });
}

/** What stands where the folder, or one above it, would have to be; undefined: nothing. */
export async function fileInTheWay(folder: string): Promise<string | undefined> {
  const place = await nearestExisting(folder);
  return (await fs.stat(place)).isDirectory() ? undefined : place;
}

/** The folder itself, or the one above it that it would be made in. */
async function nearestExisting(folder: string): Promise<string> {
  let at = folder;
  while (!(await exists(at)) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}

function refusal(folder: string): Promise<string | undefined> {
  return fs.access(folder, fs.constants.W_OK | fs.constants.X_OK).then(
    () => undefined,
    (error: unknown) => fileError(error).message,
  );
}
