/** Owns writing a rotation: file by file, each whole or not at all, one that fails stops none of the others. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BakeError, errorsOf } from '../errors/bake-error.ts';
import { fileError } from '../util/file-error.ts';
import type { Edit } from './format.ts';
import { formatOf } from './formats/index.ts';
import { replaceFile } from './replace.ts';
import { splice, verify } from './splice.ts';

export interface Applied {
  /** Files that were written, as named in the edits. */
  written: string[];
  /** FILE_MISSING, FILE_UNREADABLE, FILE_UNWRITABLE, ROTATE_CHANGED, ROTATE_REFUSED: one for each file left alone. */
  errors: BakeError[];
}

/**
 * Replaces the ids. A file whose ids are replaced already is not written again.
 * @param folder what the edits' file names are relative to
 */
export async function applyEdits(edits: readonly Edit[], folder = '.'): Promise<Applied> {
  const applied: Applied = { written: [], errors: [] };
  const byFile = new Map<string, Edit[]>();
  for (const edit of edits) {
    // An id that stays is no edit.
    if (edit.from === edit.to) continue;
    byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  }
  for (const [file, own] of byFile) {
    try {
      if (await applyToFile(file, resolve(folder, file), own)) applied.written.push(file);
    } catch (error) {
      applied.errors.push(...errorsOf(error));
    }
  }
  return applied;
}

async function applyToFile(file: string, path: string, edits: readonly Edit[]): Promise<boolean> {
  const before = await read(file, path);
  const after = splice(file, before, edits);
  if (after === 'done') return false;
  const format = formatOf(file);
  if (!format)
    throw new BakeError('ROTATE_REFUSED', { reason: 'no format reads this file' }, { place: { file } });
  verify(file, { before, after, edits }, format);
  await replaceFile(path, after, file);
  return true;
}

async function read(file: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = fileError(error);
    const more = { place: { file }, cause: error };
    if (code === 'ENOENT') throw new BakeError('FILE_MISSING', { path: file, what: 'rotate' }, more);
    throw new BakeError('FILE_UNREADABLE', { path: file, reason: message }, more);
  }
}
