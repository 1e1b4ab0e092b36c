/** `bake plan`: shows what the main job would do. */
import type { ExitCode } from '../../errors/table.ts';
import { closing, closingMarkdown } from '../closing.ts';
import { savePlan, saySaved } from '../../jobs/consent.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { mainJob } from '../../jobs/main.ts';
import { showOutcome } from '../outcome.ts';

/** Exit 1 means that a run would change something. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const job = await mainJob(invocation, 'plan');
  const { out } = invocation.options;
  if (out !== undefined && job.errors.length === 0) {
    await savePlan(job, invocation, out);
    saySaved(job, invocation, 'run', out);
  }
  invocation.host.summary(closingMarkdown(job.result, job));
  const code = showOutcome(invocation.host, job.errors, job.result, (width) =>
    closing(job.result, { ...job, ...(out !== undefined && { next: [] }) }, width),
  );
  return code === 0 && job.writes.length > 0 ? 1 : code;
}
