/** The program of a rotation thread, beside bake in dist; pool.ts starts it. */
import { serveJobs } from '../util/thread-jobs.ts';
import { type AnyBatch, type AnyResult, withFaults, type WithFaults, type Task, workOn } from './work.ts';

serveJobs<Task, AnyBatch, WithFaults<AnyResult>>(async (task, { isStopped }) => {
  const work = await workOn(task, isStopped);
  return { width: 1, run: async ({ jobs }) => withFaults(await work(jobs)) };
});
