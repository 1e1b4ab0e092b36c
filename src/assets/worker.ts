/** Owns a lane on a thread of its own: a program beside bake in dist/, started by pool.ts. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { runLane, type AssetJob as Job, type LaneSettings, type Outcome } from './lane.ts';

/** To the worker: jobs (an empty list: there are no more), or that it is to stop. */
export type ToWorker = { jobs: Job[] } | { stop: true };
/** From it: wishes for jobs, outcomes and bytes since the last message. */
export interface FromWorker {
  wants: number;
  outcomes: Outcome[];
  bytes: number;
}

/** Messages are gathered for so long: one a file would cost more than a small file does. */
const GATHER_MS = 20;
/** Jobs held in hand: more than are done in that time, or the thread would wait for each. */
const AHEAD = 32;

const port = parentPort as MessagePort;
const settings = workerData as LaneSettings;
const jobs: Job[] = [];
const waiting: ((job: Job | undefined) => void)[] = [];
const stop = new AbortController();
let ended = false;
let said: FromWorker = { wants: AHEAD, outcomes: [], bytes: 0 };
let timer: NodeJS.Timeout | undefined;

function tell(): void {
  timer = undefined;
  port.postMessage(said);
  said = { wants: 0, outcomes: [], bytes: 0 };
}

function tellSoon(): void {
  timer ??= setTimeout(tell, GATHER_MS);
}

port.on('message', (message: ToWorker) => {
  if ('stop' in message) {
    ended = true;
    stop.abort();
  } else if (message.jobs.length === 0) ended = true;
  else jobs.push(...message.jobs);
  const answered = ended ? waiting.length : Math.min(waiting.length, jobs.length);
  for (const answer of waiting.splice(0, answered)) answer(jobs.shift());
});

async function work(): Promise<void> {
  tell();
  await runLane(settings, {
    next: () =>
      jobs.length > 0 || ended
        ? Promise.resolve(jobs.shift())
        : new Promise((resolve) => waiting.push(resolve)),
    outcome(outcome) {
      said.outcomes.push(outcome);
      said.wants += 1;
      tellSoon();
    },
    bytes(count) {
      said.bytes += count;
      tellSoon();
    },
    signal: stop.signal,
  });
  clearTimeout(timer);
  tell();
  port.close();
}

// No top-level await: in the bundle this is a CommonJS file. The pool gets what is thrown as the thread's error.
void work();
