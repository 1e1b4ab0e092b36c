/** `bake run`: the main job. */
import type { ExitCode } from '../../errors/table.ts';
import { askConsentOrFile, withPlanFile } from '../../jobs/consent.ts';
import { usesExample } from '../../jobs/workplace.ts';
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
    plan: () => planned(invocation),
    show: (job) => host.result(job.result, () => closing(job.result, job)),
  });
  if (consent.kind === 'refused') return 0;
  return done(
    invocation,
    consent.kind === 'go' ? await mainJob(invocation, 'run', consent.agreed) : consent.planned,
  );
}

/** A plan that does not come through for every target is not asked about: the errors come first. */
async function planned(invocation: Invocation): Promise<MainJob> {
  const job = await mainJob(invocation, 'plan');
  return job.errors.length > 0 ? { ...job, writes: [] } : job;
}

function done({ host }: Invocation, job: MainJob): ExitCode | 0 {
  host.summary(closingMarkdown(job.result, job));
  return showOutcome(host, job.errors, job.result, () => closing(job.result, job));
}
