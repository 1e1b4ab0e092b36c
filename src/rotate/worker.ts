/** The program of a rotation thread, beside bake in dist; pool.ts starts it. */
import { serveJobs } from '../util/thread-jobs.ts';
import { type AnyBatch, type AnyResult, plain, type Plain, type Task, workOn } from './work.ts';

serveJobs<Task, AnyBatch, Plain<AnyResult>>(async (task, { isStopped }) => {
  const work = await workOn(task, isStopped);
  return { width: 1, run: async ({ jobs }) => plain(await work(jobs)) };
});
