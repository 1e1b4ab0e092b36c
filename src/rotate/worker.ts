/** Owns a rotation's thread: a program beside bake in dist/, started by pool.ts. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { plain, type Plain } from './crossing.ts';
import { type Kind, type Kinds, type Task, type Work, workOn } from './work.ts';

/** To the worker: what is to be done next, or a batch of it. */
export type ToWorker =
  | {
      task: Task;
      /** One Int32: 1 says stop. Messages come between batches only; this is seen between files. */
      stop: SharedArrayBuffer;
    }
  | { index: number; jobs: readonly Kinds[Kind]['job'][] };

/** From it, once a batch. */
export interface FromWorker {
  index: number;
  result: Plain<Kinds[Kind]['result']>;
}

const port = parentPort as MessagePort;
let work: Work | undefined;
/** One message after another, in the order they came. */
let last: Promise<void> = Promise.resolve();

async function take(message: ToWorker): Promise<void> {
  if ('task' in message) {
    const flag = new Int32Array(message.stop);
    work = await workOn(message.task, () => Atomics.load(flag, 0) === 1);
  } else if (work) {
    const { index, jobs } = message;
    port.postMessage({ index, result: plain(await work(jobs)) } satisfies FromWorker);
  }
}

port.on('message', (message: ToWorker) => {
  last = last.then(() => take(message));
});
