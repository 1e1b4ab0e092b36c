/** bake publish, promote and rollback on the screen: shown, confirmed, done. */
import type { ExitCode } from '../errors/table.ts';
import { moveChannels, type ChannelJob, type Moved } from '../jobs/channels.ts';
import { usesExample } from '../jobs/context.ts';
import type { Invocation } from '../jobs/invocation.ts';
import type { Project } from '../pipeline/project.ts';
import { columns, table } from '../text/tables.ts';
import { showOutcome } from './outcome.ts';

/** @param jobOf judges the project too: throws where the command cannot do what is asked */
export async function changeChannels(
  invocation: Invocation,
  jobOf: (project: Project) => ChannelJob,
): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  // A person at a terminal sees what will be written before it is.
  if (host.isTty && !options.yes && !options.json && !(await usesExample(invocation))) {
    const planned = await moveChannels(invocation, jobOf, 'plan');
    if (!planned.changed || planned.errors.length > 0) return done(invocation, planned);
    host.result(planned.json, () => human(invocation, planned));
    if (!(await host.confirm('Go on?'))) return 0;
  }
  return done(invocation, await moveChannels(invocation, jobOf, 'run'));
}

function done(invocation: Invocation, moved: Moved): ExitCode | 0 {
  return showOutcome(invocation.host, moved.errors, moved.json, () => human(invocation, moved));
}

function human({ options }: Invocation, { json, published }: Moved): string {
  const ages = published.flatMap((one) => one.ages);
  const rows = json.parameters.map(({ name, region, account, previous, value }, at) => [
    name,
    account === undefined ? region : `${region} ${account}`,
    previous === null ? '-' : `${previous}${since(ages[at]?.was)}`,
    value === previous ? '= already' : `→ ${value ?? '(new copy)'}${since(ages[at]?.now)}`,
  ]);
  const changed = json.parameters.find(({ previous, value }) => previous !== null && value !== previous);
  const next =
    changed?.value === undefined || changed.value === null
      ? ''
      : `\nNext\n  bake images diff ${changed.previous} ${changed.value}${options.sandbox ? ' --sandbox' : ''}`;
  const moved = json.rotated.map((one) => [
    `${one.file}:${one.line}`,
    one.path,
    `${one.from} → ${one.to ?? '?'}`,
  ]);
  const rotated = moved.length === 0 ? '' : `\nRotated\n${columns(moved, '  ')}`;
  return `${table(['PARAMETER', 'REGION', 'WAS', 'IS'], rows)}${rotated}${next}`;
}

/** ` (2026-10-21)`: when it came, or was made. */
function since(at: string | null | undefined): string {
  return at === null || at === undefined || at === '' ? '' : ` (${at.slice(0, 10)})`;
}
