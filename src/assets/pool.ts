/**
 * Owns how many threads work: hashing and writing at once need one each (a single one reaches no more than one core),
 * and a short list is done before a thread has started.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { BakeError } from '../errors/bake-error.ts';
import { runLane, type AssetJob as Job, type LaneSettings, type Outcome } from './lane.ts';
import type { FromWorker, ToWorker } from './worker.ts';
import { workerScript } from '../util/worker-script.ts';

export interface Progress {
  outcome: (outcome: Outcome) => void;
  bytes: (count: number) => void;
}

/** Downloads at a time, over all lanes. */
const CONNECTIONS = 16;
/** What less than that is done on this thread. */
const SHORT = { jobs: 8, bytes: 32 * 1024 * 1024 };
const MOST_WORKERS = 4;

/**
 * Does all jobs.
 * @throws BakeError FOLDER_UNWRITABLE where the disk fails
 * @throws signal.reason when aborted
 */
export async function runPool(
  jobs: readonly Job[],
  settings: Omit<LaneSettings, 'width'>,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const total = jobs.reduce((sum, job) => sum + (job.kind === 'hash' ? job.size : job.task.size), 0);
  const script = workerScript('asset-worker.js');
  const short = jobs.length <= SHORT.jobs || total <= SHORT.bytes;
  const hashing = jobs[0]?.kind === 'hash';
  const heard: Progress = { ...progress, outcome: (outcome) => judge(outcome, progress, settings.store) };
  // Large ones first: a large one at the end would go on alone.
  const queue = [...jobs].sort((a, b) => sizeOf(b) - sizeOf(a));
  if (short || script === undefined) {
    const lane = { ...settings, width: hashing ? 1 : CONNECTIONS };
    await runLane(lane, { ...heard, next: () => next(queue), signal });
  } else {
    const workers = Math.min(MOST_WORKERS, availableParallelism());
    const lane = { ...settings, width: hashing ? 1 : Math.ceil(CONNECTIONS / workers) };
    const lanes = Array.from({ length: workers }, () => onThread(script, lane, queue, heard, signal));
    await Promise.all(lanes);
  }
  signal.throwIfAborted();
}

/** Lets the event loop turn between two jobs: hashing a large file takes a while. */
async function next(queue: Job[]): Promise<Job | undefined> {
  await new Promise((resolve) => setImmediate(resolve));
  return queue.shift();
}

function sizeOf(job: Job): number {
  return job.kind === 'hash' ? job.size : job.task.size;
}

function onThread(
  script: string,
  settings: LaneSettings,
  queue: Job[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not a heap as large as the machine would allow: garbage is then collected while it is little.
    const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 };
    const worker = new Worker(script, { workerData: settings, resourceLimits });
    const send = (message: ToWorker): void => worker.postMessage(message); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, no window
    const stop = (): void => send({ stop: true });
    signal.addEventListener('abort', stop);
    worker.on('message', ({ wants, outcomes, bytes }: FromWorker) => {
      try {
        if (bytes > 0) progress.bytes(bytes);
        for (const outcome of outcomes) progress.outcome(outcome);
      } catch (error) {
        reject(error);
        stop();
        return;
      }
      if (wants > 0) send({ jobs: queue.splice(0, wants) });
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}

/** A disk that fails ends everything; a download that fails does not. */
function judge(outcome: Outcome, progress: Progress, store: string): void {
  if (outcome.kind !== 'broken') return progress.outcome(outcome);
  if (outcome.errno === undefined) throw new Error(outcome.message);
  throw new BakeError('FOLDER_UNWRITABLE', { path: outcome.path ?? store, reason: outcome.message });
}
