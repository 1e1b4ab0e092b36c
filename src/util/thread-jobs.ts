/** The thread's side of threads.ts: runs the jobs that arrive, and sends results and reports back. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { BakeError, type Fault, faultOf } from '../errors/bake-error.ts';

export interface JobHost<Report = never> {
  report: (report: Report) => void;
  /** Aborted when the run is. An event: it arrives only between jobs that block the thread. */
  signal: AbortSignal;
  /** The same, known at once. */
  isStopped: () => boolean;
}

export interface JobRunner<Job, Result> {
  /** Jobs that run at a time. */
  width: number;
  /** @returns undefined when there is nothing to hand back, as after an abort */
  run: (job: Job) => Promise<Result | undefined>;
  /** Called when the run has ended. */
  close?: () => void;
}

export type ToThread<Settings, Job> =
  | { kind: 'begin'; settings: Settings; flag: SharedArrayBuffer }
  | { kind: 'jobs'; jobs: [index: number, job: Job][] }
  | { kind: 'end'; drop: boolean };

export interface FromThread<Result, Report> {
  results: [index: number, result: Result | undefined][];
  reports: Report[];
  /** Errors lose their class on the way, so a BakeError travels as a fault. */
  failure?: { fault?: Fault; error: unknown };
  ended?: boolean;
}

/** Results are gathered for this time, in milliseconds: a message costs more than a small job. */
const GATHER = 20;

export type OpenRunner<Settings, Job, Result, Report = never> = (
  settings: Settings,
  host: JobHost<Report>,
) => Promise<JobRunner<Job, Result>>;

/** Serves the runs of threads.ts, one after another. @param open called once a run, with its settings */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's function decides them
export function serveJobs<Settings, Job, Result, Report = never>(
  open: OpenRunner<Settings, Job, Result, Report>,
): void {
  const port = parentPort as MessagePort;
  let serve: ((message: ToThread<Settings, Job>) => void) | undefined;
  port.on('message', (message: ToThread<Settings, Job>) => {
    if (message.kind === 'begin') serve = oneRun(port, message, open);
    else serve?.(message);
  });
}

function oneRun<Settings, Job, Result, Report>(
  port: MessagePort,
  { settings, flag }: { settings: Settings; flag: SharedArrayBuffer },
  open: OpenRunner<Settings, Job, Result, Report>,
): (message: ToThread<Settings, Job>) => void {
  const stop = new AbortController();
  const stopped = new Int32Array(flag);
  const queue: [number, Job][] = [];
  let running = 0;
  let end = false;
  let isDone = false;
  let timer: NodeJS.Timeout | undefined;
  let gathered: FromThread<Result, Report> = { results: [], reports: [] };
  const send = (more: Partial<FromThread<Result, Report>> = {}): void => {
    clearTimeout(timer);
    timer = undefined;
    port.postMessage({ ...gathered, ...more });
    gathered = { results: [], reports: [] };
  };
  const sendSoon = (): void => {
    if (running + queue.length === 0) send();
    else timer ??= setTimeout(send, GATHER);
  };
  const runner = open(settings, {
    report(one) {
      gathered.reports.push(one);
      sendSoon();
    },
    signal: stop.signal,
    isStopped: () => Atomics.load(stopped, 0) === 1,
  });
  async function runOne(to: JobRunner<Job, Result>, [index, job]: [number, Job]): Promise<void> {
    const result = await to.run(job);
    running -= 1;
    gathered.results.push([index, result]);
    sendSoon();
  }
  const pump = (to: JobRunner<Job, Result>): void => {
    while (running < to.width) {
      const job = queue.shift();
      if (!job) break;
      running += 1;
      // Messages and timers are served between two jobs.
      runOne(to, job).then(() => setImmediate(pump, to), fail);
    }
    // A run ends once: an abort may ask for the end again, and a second answer would reach the next run.
    if (end && !isDone && running + queue.length === 0) {
      isDone = true;
      to.close?.();
      send({ ended: true });
    }
  };
  const fail = (error: unknown): void => {
    send({ failure: error instanceof BakeError ? { fault: faultOf(error), error: undefined } : { error } });
  };
  return (message) => {
    if (message.kind === 'jobs') queue.push(...message.jobs);
    else if (message.kind === 'end') {
      end = true;
      if (message.drop) {
        queue.length = 0;
        stop.abort();
      }
    }
    runner.then(pump, fail);
  };
}
