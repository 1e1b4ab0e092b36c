/**
 * Runs jobs on worker threads. The program of a thread stands beside bake.js in dist and calls serveJobs() of
 * thread-jobs.ts. Settings, jobs, results and reports are plain data.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ResourceLimits, SHARE_ENV, Worker } from 'node:worker_threads';
import { errorOf } from '../errors/bake-error.ts';
import type { FromThread, JobRunner, ToThread } from './thread-jobs.ts';

export interface JobList<Job, Result> {
  /** The next job; undefined when there are no more. */
  next: () => Job | undefined;
  /** An error that it throws ends the whole run. */
  take: (result: Result, job: Job) => void;
}

export interface ThreadSettings<Settings, Report> {
  /** File of the thread's program: see threadProgram(). */
  program: string;
  count: number;
  settings: Settings;
  /** Jobs that a thread holds. It must not run out of them while messages are on their way. */
  ahead: number;
  limits?: ResourceLimits;
  /** Receives what jobs report while they run. */
  report?: (report: Report) => void;
}

/** The program's file; undefined where the sources run unbundled. @param name its file name in dist */
export function threadProgram(name: string): string | undefined {
  return [`./${name}`, `../${name}`]
    .map((file) => fileURLToPath(new URL(file, import.meta.url)))
    .find((file) => existsSync(file));
}

/** Who runs the jobs: threads, this thread, or both. */
export interface Crew<Settings, Job, Result, Report = never> {
  threads?: ThreadSettings<Settings, Report> | undefined;
  here?: JobRunner<Job, Result> | undefined;
}

/**
 * Runs all jobs. When aborted, jobs that have begun are ended, the others dropped.
 * @throws what a job or `take` threw first; no further job starts then
 */
export async function runJobs<Settings, Job, Result, Report = never>(
  { threads, here }: Crew<Settings, Job, Result, Report>,
  list: JobList<Job, Result>,
  signal: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const lanes: Promise<void>[] = [];
  if (threads) {
    for (let index = 0; index < threads.count; index++) lanes.push(runOnThread(threads, list, stop));
  }
  if (here) lanes.push(runHere(here, list, stop));
  await Promise.all(lanes.map((lane) => lane.catch((error: unknown) => failure.abort(error))));
  if (failure.signal.aborted) throw failure.signal.reason;
}

/** Runs jobs on this thread, `width` at a time. */
async function runHere<Job, Result>(
  runner: JobRunner<Job, Result>,
  { next, take }: JobList<Job, Result>,
  signal: AbortSignal,
): Promise<void> {
  async function lane(): Promise<void> {
    for (let job = next(); job !== undefined && !signal.aborted; job = next()) {
      const result = await runner.run(job);
      if (result !== undefined) take(result, job);
      // Signals and timers are served when the event loop turns.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  try {
    await Promise.all(Array.from({ length: runner.width }, lane));
  } finally {
    runner.close?.();
  }
}

function runOnThread<Settings, Job, Result, Report>(
  { program, settings, ahead, limits, report }: ThreadSettings<Settings, Report>,
  { next, take }: JobList<Job, Result>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker =
      idleThread(program) ??
      new Worker(program, { env: SHARE_ENV, ...(limits && { resourceLimits: limits }) });
    const flag = new SharedArrayBuffer(4);
    const inHand = new Map<number, Job>();
    let count = 0;
    const send = (message: ToThread<Settings, Job>): void => worker.postMessage(message); // oxlint-disable-line unicorn/require-post-message-target-origin -- a thread, no window
    const stop = (): void => {
      Atomics.store(new Int32Array(flag), 0, 1);
      send({ kind: 'end', drop: true });
    };
    const feed = (): void => {
      if (signal.aborted) return;
      const jobs: [number, Job][] = [];
      while (inHand.size < ahead) {
        const job = next();
        if (job === undefined) break;
        inHand.set(count, job);
        jobs.push([count, job]);
        count += 1;
      }
      if (jobs.length > 0) send({ kind: 'jobs', jobs });
      else if (inHand.size === 0) send({ kind: 'end', drop: false });
    };
    const receive = ({ results, reports, failure, ended }: FromThread<Result, Report>): void => {
      if (failure) throw failure.fault ? errorOf(failure.fault) : failure.error;
      for (const one of reports) report?.(one);
      for (const [index, result] of results) {
        const job = inHand.get(index);
        inHand.delete(index);
        if (job !== undefined && result !== undefined) take(result, job);
      }
      if (ended) {
        release();
        keepIdle(program, worker);
        resolve();
      } else if (results.length > 0) feed();
    };
    const onMessage = (message: FromThread<Result, Report>): void => {
      try {
        receive(message);
      } catch (error) {
        fail(error);
      }
    };
    const onExit = (): void => {
      release();
      reject(new Error('a worker thread ended before its jobs'));
    };
    function release(): void {
      signal.removeEventListener('abort', stop);
      worker.off('message', onMessage).off('error', fail).off('exit', onExit);
    }
    function fail(error: unknown): void {
      release();
      worker.once('exit', () => reject(error));
      void worker.terminate();
    }
    worker.on('message', onMessage).on('error', fail).on('exit', onExit).ref();
    send({ kind: 'begin', settings, flag });
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    else feed();
  });
}

/** Threads whose run has ended, by program: the next run finds their code compiled. */
const idle = new Map<string, Worker[]>();

function idleThread(program: string): Worker | undefined {
  return idle.get(program)?.pop();
}

/** An idle thread does not keep the process alive. */
function keepIdle(program: string, worker: Worker): void {
  worker.unref();
  const workers = idle.get(program);
  if (workers) workers.push(worker);
  else idle.set(program, [worker]);
}
