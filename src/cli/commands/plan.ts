/** Owns `bake plan`: everything of the main job before its first write. */
import type { ExitCode } from '../../errors/table.ts';
import { closing, closingMarkdown } from '../closing.ts';
import type { Invocation } from '../command.ts';
import { mainJob } from '../main-job.ts';

/** Exit 1 says that a run would change something. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const job = await mainJob(invocation, 'plan');
  invocation.host.result(job.result, () => closing(job.result, job));
  invocation.host.summary(closingMarkdown(job.result, job));
  return job.changed ? 1 : 0;
}
