/** `bake schedule --engine imagebuilder` on the screen: shown, confirmed, done. */
import { expressionOf, scheduleFault } from '../config/cron.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { ExitCode } from '../errors/table.ts';
import { checkChannel, usesExample } from '../jobs/context.ts';
import type { Invocation } from '../jobs/invocation.ts';
import { schedulePipelines, type Scheduled } from '../jobs/schedule/pipelines.ts';
import { table } from '../text/tables.ts';

export async function changePipelines(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  checkChannel('--channel', options.channel, 'schedule');
  checkCron(options.cron);
  // A person at a terminal sees what will be written before it is.
  if (host.isTty && !options.yes && !options.json && !(await usesExample(invocation))) {
    const planned = await schedulePipelines(invocation, 'plan');
    if (planned.pipelines.every(({ outcome }) => outcome === 'unchanged')) return done(invocation, planned);
    host.result(planned, () => human(planned));
    if (!(await host.confirm('Go on?'))) return 0;
  }
  return done(invocation, await schedulePipelines(invocation, 'run'));
}

function done({ host }: Invocation, scheduled: Scheduled): 0 {
  host.result(scheduled, () => human(scheduled));
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

function human({ pipelines, notes }: Scheduled): string {
  const rows = pipelines.map((entry) => [
    `${entry.os} ${entry.arch}`,
    entry.region,
    entry.name,
    entry.outcome.replace('-', ' '),
    entry.changes.join(', ') || '-',
    entry.next ?? '-',
  ]);
  return [
    table(['target', 'region', 'pipeline', 'outcome', 'changes', 'next'], rows),
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}
