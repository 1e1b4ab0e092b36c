/**
 * Owns writing a rotation to files: each whole or not at all, and one that fails stops none of the others. Works on
 * whichever thread it is called; pool.ts is what others call.
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

/** All edits of one file. Plain data: it crosses a thread's border. */
export interface FileEdits {
  file: string;
  edits: readonly SpliceEdit[];
  /** stampOf() the bytes that the edits were found in. */
  stamp?: string | undefined;
}

export interface AppliedFiles {
  /** Files that were written, as named in the edits. */
  written: string[];
  /** FILE_MISSING, FILE_UNREADABLE, FILE_UNWRITABLE, ROTATE_CHANGED, ROTATE_REFUSED: one for each file left alone. */
  errors: BakeError[];
  /** What is to be synced, so that the new names last. */
  folders: string[];
  /** Files dealt with: all, unless it was stopped. */
  done: number;
}

export interface ApplySettings {
  /** What the edits' file names are relative to; absolute. */
  folder: string;
  /** Folders looked through for litter of killed runs already; added to. */
  cleaned: Set<string>;
  isStopped: () => boolean;
}

/** Files that are synced together: a disk needs as long for one. */
const AT_ONCE = 16;

/**
 * Replaces ids. A file whose ids are replaced already is not written again. When stopped, files that have begun are ended.
 * The next files are prepared while the disk works, and files are renamed together, when it has ended: a file system keeps
 * a rename fresh while it writes its journal.
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
 * The bytes of a file and of its rotated form, not written; the same where the ids are replaced already.
 * @param at its absolute path
 * @throws BakeError FILE_MISSING, FILE_UNREADABLE, ROTATE_CHANGED, ROTATE_REFUSED
 */
export function rotatedBytes(
  file: string,
  at: string,
  edits: readonly SpliceEdit[],
): { before: Buffer; after: Buffer } {
  // What was read is there until the next file is: a copy.
  const before = Buffer.from(read(file, at).bytes);
  const after = rotated({ file, edits }, before);
  return { before, after: after === 'done' ? before : after };
}

interface Prepared extends NewContent {
  file: string;
  after: Buffer;
}

interface Syncing extends Prepared {
  /** What went wrong; undefined when the new content is durable. */
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
/** @returns whether it was written: false where another run has just written the same */
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
  throw changed(file, 'somebody changed the file while it was being written');
}

/** @throws BakeError ROTATE_CHANGED, ROTATE_REFUSED */
function rotated({ file, edits, stamp }: FileEdits, before: Buffer): Buffer | 'done' {
  const after = splice(file, before, edits);
  if (after === 'done') return 'done';
  if (stamp !== undefined && stamp !== stampOf(before)) {
    throw changed(file, 'somebody changed the file since its ids were found');
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
