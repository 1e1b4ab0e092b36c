/**
 * Owns how many threads work on a rotation: reading and parsing thousands of files takes every core, and a few are done
 * before a thread has started.
 */
import { availableParallelism } from 'node:os';
import { BakeError } from '../errors/bake-error.ts';
import type { FileEdits } from './apply.ts';
import { type Batch, batchesOf } from './batches.ts';
import type { Edit } from './format.ts';
import type { Scanned, ScanSettings } from './scan.ts';
import type { Candidate } from './walk.ts';
import {
  type AnyBatch,
  type AnyResult,
  type Kinds,
  withFaults,
  type WithFaults,
  withErrors,
  type Task,
  workOn,
} from './work.ts';
import { editsByFile } from './splice.ts';
import type { JobRunner } from '../util/thread-jobs.ts';
import { type JobList, runJobs, threadProgram } from '../util/threads.ts';

/** Called after each batch; `total` grows while files are still looked for. */
export type BatchProgress = (done: number, total: number) => void;

/** What less than that is done on this thread. */
const FEW = 96;
/** Files in a message: one each would cost more than a small file does. */
const BATCH = 48;
/** Batches a thread has in hand, so that it does not wait for the next. */
const AHEAD = 4;
const MOST_THREADS = 4;

/**
 * References in all the files, in their order; files that hold none are left out. Files are never all in memory.
 * @param files taken as they are needed; absolute, or relative to `folder`
 * @throws signal.reason when aborted
 */
export async function findAll(
  files: Iterable<Candidate>,
  { folder = '', ...rest }: Omit<ScanSettings, 'folder'> & { folder?: string | undefined },
  progress: BatchProgress,
  signal: AbortSignal,
): Promise<Scanned> {
  const task = { kind: 'find', settings: { folder, ...rest } } as const;
  const results = await runAll<'find'>(task, files, progress, signal);
  signal.throwIfAborted();
  return {
    found: results.flatMap(({ found }) => found),
    errors: results.flatMap(({ errors }) => errors),
  };
}

export interface Applied {
  /** Files that were written, as named in the edits. */
  written: string[];
  /**
   * FILE_MISSING, FILE_UNREADABLE, FILE_UNWRITABLE, ROTATE_CHANGED, ROTATE_REFUSED: one for each file left alone; and
   * ROTATE_STOPPED when aborted before the last one.
   */
  errors: BakeError[];
}

/**
 * Writes the edits, file by file, each whole or not at all. A file whose ids are replaced already is not written again.
 * When aborted, what has begun is ended, and no more is begun.
 * @param settings `folder`: what the edits' file names are relative to, absolute; `stamps`: file → `FileFindings.stamp`, to
 * refuse a file that changed in other places than the edits' too
 */
export async function applyAll(
  edits: readonly Edit[],
  { folder, stamps }: { folder: string; stamps?: ReadonlyMap<string, string | undefined> | undefined },
  progress: BatchProgress,
  signal: AbortSignal,
): Promise<Applied> {
  const files = byFile(edits, stamps);
  const results = await runAll<'apply'>({ kind: 'apply', settings: { folder } }, files, progress, signal);
  const { syncFolders } = await import('./replace.ts');
  await syncFolders(new Set(results.flatMap(({ folders }) => folders)));
  const written = results.flatMap((result) => result.written);
  const errors = results.flatMap((result) => result.errors);
  const done = results.reduce((sum, result) => sum + result.done, 0);
  if (done < files.length) errors.push(new BakeError('ROTATE_STOPPED', { done, total: files.length }));
  return { written, errors };
}

function byFile(
  edits: readonly Edit[],
  stamps: ReadonlyMap<string, string | undefined> | undefined,
): FileEdits[] {
  // What stays as it is, is no edit.
  const files = editsByFile(edits.filter(({ from, to }) => from !== to));
  return [...files].map(([file, own]) => ({ file, edits: own, stamp: stamps?.get(file) }));
}

/** Results in the order of the files; when aborted, those that are there. */
async function runAll<K extends keyof Kinds>(
  task: Task & { kind: K },
  files: Iterable<Kinds[K]['job']>,
  progress: BatchProgress,
  signal: AbortSignal,
): Promise<Kinds[K]['result'][]> {
  const batches = batchesOf(files, BATCH);
  const results: Kinds[K]['result'][] = [];
  const list: JobList<Batch<Kinds[K]['job']>, WithFaults<AnyResult>> = {
    next: () => (signal.aborted ? undefined : batches.next()),
    take(result, batch) {
      results[batch.index] = withErrors(result);
      progress(batches.done(batch), batches.total());
    },
  };
  const program = batches.isLongerThan(FEW) ? threadProgram('rotate-worker.js') : undefined;
  // One less: this thread works, too, and has started already.
  const count = Math.min(MOST_THREADS, availableParallelism()) - 1;
  const threads =
    program === undefined ? undefined : { program, count, settings: task, ahead: AHEAD, limits: LIMITS };
  await runJobs({ threads, here: await onThisThread(task, signal) }, list, signal);
  return results.filter((result) => result !== undefined);
}

/** Not a heap as large as the machine would allow: garbage is then collected while it is little. */
const LIMITS = { maxYoungGenerationSizeMb: 24 };

async function onThisThread(
  task: Task,
  signal: AbortSignal,
): Promise<JobRunner<AnyBatch, WithFaults<AnyResult>>> {
  const work = await workOn(task, () => signal.aborted);
  // Cloned: a few letters of a file's text would hold all of it in memory.
  return { width: 1, run: async ({ jobs }) => structuredClone(withFaults(await work(jobs))) };
}
