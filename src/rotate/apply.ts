/**
 * Writes a rotation to files. Each file is written completely or not at all, and a failure does not stop the others. It
 * runs on any thread; callers use pool.ts.
 */
import path from 'node:path';
import { BakeError, errorsOf } from '../errors/bake-error.ts';
import { fileError } from '../util/file-error.ts';
import { formatFor } from './find.ts';
import { lockedBy } from './locks.ts';
import {
  discard,
  type Original,
  prepare,
  readOriginal,
  replaceOriginal,
  removeStaleFiles,
  sync,
  type NewContent,
} from './replace.ts';
import { splice, type SpliceEdit, verifyEdits } from './splice.ts';
import { stampOf } from './stamp.ts';

/** All edits of one file, as plain data for threads. */
export interface FileEdits {
  file: string;
  edits: readonly SpliceEdit[];
  /** The stampOf() of the bytes in which the edits were found. */
  stamp?: string | undefined;
}

export interface AppliedFiles {
  /** The names, as in the edits, of the files that were written. */
  written: string[];
  /**
   * FILE_MISSING, FILE_UNREADABLE, FILE_UNWRITABLE, ROTATE_CHANGED, ROTATE_REFUSED: one for each file that was left
   * unchanged.
   */
  errors: BakeError[];
  /** The folders to sync, so that the renames are durable. */
  folders: string[];
  /** The number of files that were handled: all, unless the run was stopped. */
  done: number;
}

export interface ApplySettings {
  /** Absolute. The edits' file names are relative to it. */
  folder: string;
  /** The folders from which temporary files of killed runs have been removed; added to. */
  cleaned: Set<string>;
  isStopped: () => boolean;
}

/** The number of files that are synced together. */
const AT_ONCE = 16;

/**
 * Replaces ids. A file whose ids are replaced already is not written again. When stopped, it completes the files that
 * have begun. It prepares the next files while the disk writes, and renames files together afterwards, because a file
 * system delays a rename while it writes its journal.
 */
export async function applyFiles(
  files: readonly FileEdits[],
  settings: ApplySettings,
): Promise<AppliedFiles> {
  const applied: AppliedFiles = { written: [], errors: [], folders: [], done: 0 };
  const folders = new Set<string>();
  let syncing: Syncing[] = [];
  async function putInPlace(): Promise<void> {
    const failures = await Promise.all(syncing.map(({ synced }) => synced));
    for (const [index, one] of syncing.entries()) {
      attempt(applied, () => {
        if (!finish(one, failures[index])) return;
        applied.written.push(one.file);
        folders.add(path.dirname(one.original.target));
      });
    }
  }
  for (let at = 0; at < files.length && !settings.isStopped(); at += AT_ONCE) {
    const prepared: Prepared[] = [];
    for (const one of files.slice(at, at + AT_ONCE)) {
      if (settings.isStopped()) break;
      applied.done += 1;
      attempt(applied, () => {
        const file = prepareFile(one, settings);
        if (file !== 'done') prepared.push(file);
      });
    }
    await putInPlace();
    syncing = prepared.map((one) => ({ ...one, synced: sync(one) }));
  }
  await putInPlace();
  applied.folders = [...folders];
  return applied;
}

function attempt({ errors }: AppliedFiles, work: () => void): void {
  try {
    work();
  } catch (error) {
    errors.push(...errorsOf(error));
  }
}

/**
 * Computes the rotated bytes of a file without writing them; they equal the old bytes if the ids are replaced already.
 * @param at its absolute path
 * @throws BakeError FILE_MISSING, FILE_UNREADABLE, ROTATE_CHANGED, ROTATE_REFUSED
 */
export function rotatedBytes(
  file: string,
  at: string,
  edits: readonly SpliceEdit[],
): { before: Buffer; after: Buffer } {
  // A copy, because the next read reuses the memory.
  const before = Buffer.from(read(file, at).bytes);
  const after = rotated({ file, edits }, before);
  return { before, after: after === 'done' ? before : after };
}

interface Prepared extends NewContent {
  file: string;
  after: Buffer;
}

interface Syncing extends Prepared {
  /** The error; undefined if the new content is durable. */
  synced: Promise<Error | undefined>;
}

function prepareFile(one: FileEdits, { folder, cleaned }: ApplySettings): Prepared | 'done' {
  const { file } = one;
  const original = read(file, path.resolve(folder, file));
  const parent = path.dirname(original.target);
  try {
    if (!cleaned.has(parent)) removeStaleFiles(parent);
    cleaned.add(parent);
    const after = rotated(one, original.bytes);
    if (after === 'done') return 'done';
    return { ...prepare(original, after), file, after };
  } catch (error) {
    throw unwritable(file, error);
  }
}
/** @returns false if another run has just written the same content */
function finish({ file, after, ...fresh }: Prepared, failure: Error | undefined): boolean {
  try {
    const holder = lockedBy(fresh.original.stat);
    if (failure || holder !== undefined) {
      discard(fresh);
      throw failure ?? new Error(holder);
    }
    if (replaceOriginal(fresh)) return true;
  } catch (error) {
    throw unwritable(file, error);
  }
  if (read(file, fresh.original.target).bytes.equals(after)) return false;
  throw changed(file, 'the file was changed while it was being written');
}

/** @throws BakeError ROTATE_CHANGED, ROTATE_REFUSED */
function rotated({ file, edits, stamp }: FileEdits, before: Buffer): Buffer | 'done' {
  const after = splice(file, before, edits);
  if (after === 'done') return 'done';
  if (stamp !== undefined && stamp !== stampOf(before)) {
    throw changed(file, 'the file was changed after its ids were found');
  }
  const format = formatFor(file, before, edits);
  if (!format)
    throw new BakeError('ROTATE_REFUSED', { reason: 'no format reads this file' }, { place: { file } });
  verifyEdits(file, { before, after, edits }, format);
  return after;
}

function read(file: string, at: string): Original {
  try {
    return readOriginal(at);
  } catch (error) {
    const { code, message } = fileError(error);
    const more = { place: { file }, cause: error };
    if (code === 'ENOENT') throw new BakeError('FILE_MISSING', { path: file, what: 'rotate' }, more);
    throw new BakeError('FILE_UNREADABLE', { path: file, reason: message }, more);
  }
}

function changed(file: string, reason: string): BakeError {
  return new BakeError('ROTATE_CHANGED', { reason }, { place: { file } });
}

function unwritable(file: string, error: unknown): unknown {
  if (error instanceof BakeError) return error;
  const { message: reason } = fileError(error);
  return new BakeError('FILE_UNWRITABLE', { path: file, reason }, { place: { file }, cause: error });
}
