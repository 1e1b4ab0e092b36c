/**
 * Runs a rotation on all cores. A few files run on this thread only, because they are done before another thread has
 * started.
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

/** Called after each batch. `total` grows while files are still being found. */
export type BatchProgress = (done: number, total: number) => void;

/** Up to this number of files, no other thread is started. */
const FEW = 96;
/** The files in a batch: one message for each small file would cost more than the file. */
const BATCH = 48;
/** The batches that a thread holds, so that it does not wait for the next one. */
const AHEAD = 4;
const MOST_THREADS = 4;
/** Threads of libuv, which only wait for the disk: 16 took 6.3 s where 4 took 8.0 s (best of 6, 2,600 files). */
const SYNC_THREADS = '16';

/**
 * Finds the references in all files, in the order of the files. Files without any are omitted. Only a few files are in
 * memory at a time.
 * @param files read as needed; absolute, or relative to `folder`
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
  /** The names, as in the edits, of the files that were written. */
  written: string[];
  /**
   * FILE_MISSING, FILE_UNREADABLE, FILE_UNWRITABLE, ROTATE_CHANGED, ROTATE_REFUSED: one for each file that was left
   * unchanged. ROTATE_STOPPED if it was aborted before the last file.
   */
  errors: BakeError[];
}

/**
 * Writes the edits. Each file is written completely or not at all, and a file whose ids are replaced already is not
 * written again. When aborted, it completes the files that have begun and starts no more.
 * @param settings `folder`: absolute; the edits' file names are relative to it. `stamps`: the `FileFindings.stamp` of
 * each file, to refuse a file that has changed anywhere
 */
export async function applyAll(
  edits: readonly Edit[],
  { folder, stamps }: { folder: string; stamps?: ReadonlyMap<string, string | undefined> | undefined },
  progress: BatchProgress,
  signal: AbortSignal,
): Promise<Applied> {
  // libuv reads this when it first starts a thread. With its usual four, no more files are synced at a time.
  process.env['UV_THREADPOOL_SIZE'] ??= SYNC_THREADS;
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
  // An edit that changes nothing is dropped.
  const files = editsByFile(edits.filter(({ from, to }) => from !== to));
  return [...files].map(([file, own]) => ({ file, edits: own, stamp: stamps?.get(file) }));
}

/** Returns the results in the order of the files; when aborted, those that are complete. */
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
  // One less, because this thread works too.
  const count = Math.min(MOST_THREADS, availableParallelism()) - 1;
  const threads =
    program === undefined ? undefined : { program, count, settings: task, ahead: AHEAD, limits: LIMITS };
  await runJobs({ threads, here: await onThisThread(task, signal) }, list, signal);
  return results.filter((result) => result !== undefined);
}

/** A small heap is collected while it holds little garbage. */
const LIMITS = { maxYoungGenerationSizeMb: 16 };

async function onThisThread(
  task: Task,
  signal: AbortSignal,
): Promise<JobRunner<AnyBatch, WithFaults<AnyResult>>> {
  const work = await workOn(task, () => signal.aborted);
  // Cloned, because a short slice of a file's text would keep all of it in memory.
  return { width: 1, run: async ({ jobs }) => structuredClone(withFaults(await work(jobs))) };
}
