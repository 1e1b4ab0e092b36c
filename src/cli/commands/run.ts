/** Owns `bake run`: the main job. */
import type { ExitCode } from '../../errors/table.ts';
import { closing, closingMarkdown } from '../closing.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { usesExample } from '../../jobs/context.ts';
import { mainJob } from '../../jobs/main.ts';
import { showOutcome } from '../outcome.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  // A person at a terminal sees what will be written before it is. A copy of the example is nobody's.
  if (host.isTty && !options.yes && !options.json && !(await usesExample(invocation))) {
    const planned = await mainJob(invocation, 'plan');
    if (!planned.changed || planned.errors.length > 0) return done(invocation, planned);
    host.result(planned.result, () => closing(planned.result, planned));
    if (!(await host.confirm('Go on?'))) return 0;
  }
  return done(invocation, await mainJob(invocation, 'run'));
}

function done({ host }: Invocation, job: Awaited<ReturnType<typeof mainJob>>): ExitCode | 0 {
  host.summary(closingMarkdown(job.result, job));
  return showOutcome(host, job.errors, job.result, () => closing(job.result, job));
}
