/**
 * Decides how many threads download and hash: a single thread uses no more than one core, and a short list is done before
 * a thread has started.
 */
import { availableParallelism } from 'node:os';
import { BakeError } from '../errors/bake-error.ts';
import { type JobList, runJobs, threadProgram } from '../util/threads.ts';
import { openLane, type AssetJob as Job, type LaneSettings, type Outcome } from './lane.ts';

export interface Progress {
  outcome: (outcome: Outcome) => void;
  bytes: (count: number) => void;
}

/** Downloads at a time, over all lanes. */
const CONNECTIONS = 16;
/** Fewer jobs, or fewer bytes, run on this thread. */
const SHORT = { jobs: 8, bytes: 32 * 1024 * 1024 };
const MOST_THREADS = 4;
/** Jobs that a thread holds: more than it does between two messages. */
const AHEAD = 32;

/**
 * Runs all jobs.
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
  const total = jobs.reduce((sum, job) => sum + sizeOf(job), 0);
  const program = threadProgram('asset-worker.js');
  const isShort = jobs.length <= SHORT.jobs || total <= SHORT.bytes;
  const isHashing = jobs[0]?.kind === 'hash';
  // Large ones first: a large one at the end would run alone.
  const queue = [...jobs].sort((a, b) => sizeOf(b) - sizeOf(a));
  const list: JobList<Job, Outcome> = {
    next: () => queue.shift(),
    take: (outcome) => judge(outcome, progress, settings.store),
  };
  if (isShort || program === undefined) {
    const lane = { ...settings, width: isHashing ? 1 : CONNECTIONS };
    await runJobs({ here: openLane(lane, { bytes: progress.bytes, signal }) }, list, signal);
  } else {
    const count = Math.min(MOST_THREADS, availableParallelism());
    const lane = { ...settings, width: isHashing ? 1 : Math.ceil(CONNECTIONS / count) };
    // Not a heap as large as the machine would allow: garbage is then collected while it is little.
    const limits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 };
    const threads = { program, count, settings: lane, ahead: AHEAD, limits, report: progress.bytes };
    await runJobs({ threads }, list, signal);
  }
  signal.throwIfAborted();
}

function sizeOf(job: Job): number {
  return job.kind === 'hash' ? job.size : job.task.size;
}

/** A disk that fails ends everything; a download that fails does not. */
function judge(outcome: Outcome, progress: Progress, store: string): void {
  if (outcome.kind !== 'broken') return progress.outcome(outcome);
  if (outcome.errno === undefined) throw new Error(outcome.message);
  throw new BakeError('FOLDER_UNWRITABLE', { path: outcome.path ?? store, reason: outcome.message });
}
