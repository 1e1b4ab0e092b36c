/** Shows, confirms and runs `bake schedule --engine imagebuilder`. */
import { expressionOf, scheduleFault } from '../config/cron.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { ExitCode } from '../errors/table.ts';
import { askConsent } from '../jobs/consent.ts';
import { checkChannelName } from '../jobs/selection.ts';
import { usesExample } from '../jobs/workplace.ts';
import type { Invocation } from '../jobs/invocation.ts';
import { schedulePipelines, type Scheduled } from '../jobs/schedule/pipelines.ts';
import { table } from '../text/tables.ts';

export async function changePipelines(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  checkChannelName('--channel', options.channel, 'schedule');
  checkCron(options.cron);
  const consent = await askConsent<Scheduled>({
    invocation,
    command: 'schedule',
    needsYes: false,
    isOwnCopy: await usesExample(invocation),
    plan: () => schedulePipelines(invocation, 'plan'),
    show: (planned) => host.result(jsonOf(planned), (width) => human(planned, width)),
  });
  if (consent.kind === 'refused') return 0;
  return done(
    invocation,
    consent.kind === 'go' ? await schedulePipelines(invocation, 'run', consent.agreed) : consent.planned,
  );
}

function jsonOf({ pipelines, notes }: Scheduled): Pick<Scheduled, 'pipelines' | 'notes'> {
  return { pipelines, notes };
}

function done({ host }: Invocation, scheduled: Scheduled): 0 {
  host.result(jsonOf(scheduled), (width) => human(scheduled, width));
  return 0;
}

function checkCron(cron: string | undefined): void {
  if (cron === undefined) return;
  const fault = scheduleFault(expressionOf(cron));
  if (fault === undefined) return;
  throw new BakeError('USAGE', {
    message: `--cron: expected ${fault}, found ${cron}`,
    command: 'schedule',
  });
}

function human({ pipelines, notes }: Scheduled, width: number): string {
  const rows = pipelines.map((entry) => [
    `${entry.os} ${entry.arch}`,
    entry.region,
    entry.name,
    entry.outcome.replace('-', ' '),
    entry.changes.join(', ') || '-',
    entry.next ?? '-',
  ]);
  return [
    table(['target', 'region', 'pipeline', 'outcome', 'changes', 'next'], rows, width),
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}
