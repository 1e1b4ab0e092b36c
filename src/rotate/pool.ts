/**
 * Owns how many threads work on a rotation: reading and parsing thousands of files takes every core, and a few are done
 * before a thread has started.
 */
import { availableParallelism } from 'node:os';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { BakeError } from '../errors/bake-error.ts';
import type { FileEdits } from './apply.ts';
import { type Batch, type Batches, batchesOf } from './batches.ts';
import { plain, revived } from './crossing.ts';
import type { Edit } from './format.ts';
import type { Scanned, ScanSettings } from './scan.ts';
import type { Candidate } from './walk.ts';
import { type Kinds, type Task, workOn } from './work.ts';
import type { FromWorker, ToWorker } from './worker.ts';
import { editsByFile } from './splice.ts';
import { workerScript } from '../util/worker-script.ts';

/** Called after each batch; `total` grows while files are still looked for. */
export type Progress = (done: number, total: number) => void;

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
  progress: Progress,
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
 * @param settings `folder`: what the edits' file names are relative to, absolute; `stamps`: file → `Found.stamp`, to
 * refuse a file that changed in other places than the edits' too
 */
export async function applyAll(
  edits: readonly Edit[],
  { folder, stamps }: { folder: string; stamps?: ReadonlyMap<string, string | undefined> | undefined },
  progress: Progress,
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
  progress: Progress,
  signal: AbortSignal,
): Promise<Kinds[K]['result'][]> {
  const batches = batchesOf(files, BATCH);
  const results: Kinds[K]['result'][] = [];
  const take = (batch: Batch<Kinds[K]['job']>, result: Kinds[K]['result']): void => {
    results[batch.index] = result;
    progress(batches.done(batch), batches.total());
  };
  const script = batches.isLongerThan(FEW) ? workerScript('rotate-worker.js') : undefined;
  // This thread works, too: it has started already.
  const others = script === undefined ? 0 : Math.min(MOST_THREADS, availableParallelism()) - 1;
  const lanes = Array.from({ length: others }, () => onThread(script as string, task, batches, take, signal));
  await Promise.all([...lanes, onThisThread(task, batches, take, signal)]);
  return results.filter((result) => result !== undefined);
}

async function onThisThread<K extends keyof Kinds>(
  task: Task & { kind: K },
  batches: Batches<Kinds[K]['job']>,
  take: (batch: Batch<Kinds[K]['job']>, result: Kinds[K]['result']) => void,
  signal: AbortSignal,
): Promise<void> {
  const work = await workOn(task, () => signal.aborted);
  for (let batch = batches.next(); batch && !signal.aborted; batch = batches.next()) {
    // Cut loose: a few letters of a file's text hold all of it in memory.
    take(batch, revived(structuredClone(plain(await work(batch.jobs)))));
    // A signal is heard only when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function onThread<K extends keyof Kinds>(
  script: string,
  task: Task & { kind: K },
  batches: Batches<Kinds[K]['job']>,
  take: (batch: Batch<Kinds[K]['job']>, result: Kinds[K]['result']) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = new SharedArrayBuffer(4);
    const worker = idle.pop() ?? startWorker(script);
    const inHand = new Map<number, Batch<Kinds[K]['job']>>();
    const send = (message: ToWorker): void => worker.postMessage(message); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, no window
    const feed = (): void => {
      const batch = signal.aborted ? undefined : batches.next();
      if (batch) {
        inHand.set(batch.index, batch);
        send(batch);
      } else if (inHand.size === 0 && !ended) end();
    };
    const abort = (): void => void Atomics.store(new Int32Array(stop), 0, 1);
    const hear = ({ index, result }: FromWorker): void => {
      const batch = inHand.get(index);
      inHand.delete(index);
      try {
        if (batch) take(batch, revived(result as never));
        feed();
      } catch (error) {
        fail(error);
      }
    };
    let ended = false;
    function end(): void {
      ended = true;
      signal.removeEventListener('abort', abort);
      worker.off('message', hear).off('error', fail).unref();
      idle.push(worker);
      resolve();
    }
    function fail(error: unknown): void {
      ended = true;
      signal.removeEventListener('abort', abort);
      worker.off('message', hear).unref();
      reject(error);
    }
    signal.addEventListener('abort', abort);
    worker.on('message', hear).on('error', fail).ref();
    send({ task, stop });
    for (let ahead = 0; ahead < AHEAD; ahead++) feed();
  });
}

/** Threads that have done what they were asked: the next task finds their code compiled. They keep no process up. */
const idle: Worker[] = [];

function startWorker(script: string): Worker {
  // Not a heap as large as the machine would allow: garbage is then collected while it is little.
  return new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: 8 }, env: SHARE_ENV });
}
