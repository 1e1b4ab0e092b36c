/** `bake run`: plans, confirms and runs the main job. */
import type { ExitCode } from '../../errors/table.ts';
import { askConsentOrFile, withPlanFile } from '../../jobs/consent.ts';
import { usesExample } from '../../jobs/workplace.ts';
import { askable } from '../../jobs/file-plan.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { mainJob, type MainJob } from '../../jobs/main.ts';
import { closing, closingMarkdown } from '../closing.ts';
import { showOutcome } from '../outcome.ts';

export async function execute(asked: Invocation): Promise<ExitCode | 0> {
  const invocation = await withPlanFile(asked, 'run');
  const { host } = invocation;
  const consent = await askConsentOrFile<MainJob>({
    invocation,
    command: 'run',
    needsYes: false,
    isOwnCopy: await usesExample(invocation),
    plan: async () => askable(await mainJob(invocation, 'plan')),
    show: (job) => host.result(job.result, (width) => closing(job.result, job, width)),
  });
  if (consent.kind === 'refused') return 0;
  return done(
    invocation,
    consent.kind === 'go' ? await mainJob(invocation, 'run', consent.agreed) : consent.planned,
  );
}

function done({ host }: Invocation, job: MainJob): ExitCode | 0 {
  host.summary(closingMarkdown(job.result, job));
  return showOutcome(host, job.errors, job.result, (width) => closing(job.result, job, width));
}
