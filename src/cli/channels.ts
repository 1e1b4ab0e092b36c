/** Shows, confirms and runs bake publish, promote and rollback. */
import type { ExitCode } from '../errors/table.ts';
import { moveChannels, type ChannelJob, type Moved } from '../jobs/channels.ts';
import { askConsentOrFile, withPlanFile } from '../jobs/consent.ts';
import { usesExample } from '../jobs/workplace.ts';
import { askable } from '../jobs/file-plan.ts';
import type { Invocation } from '../jobs/invocation.ts';
import type { Project } from '../pipeline/project.ts';
import { columns, table } from '../text/tables.ts';
import { showOutcome } from './outcome.ts';

/** @param jobOf also checks the project: it throws if the command cannot do what is asked */
export async function changeChannels(
  asked: Invocation,
  command: ChannelJob['command'],
  jobOf: (project: Project, invocation: Invocation) => Omit<ChannelJob, 'command'>,
): Promise<ExitCode | 0> {
  const invocation = await withPlanFile(asked, command);
  const { host } = invocation;
  const make = (project: Project): ChannelJob => ({ command, ...jobOf(project, invocation) });
  const consent = await askConsentOrFile<Moved>({
    invocation,
    command,
    needsYes: true,
    isOwnCopy: await usesExample(invocation),
    plan: async () => askable(await moveChannels(invocation, make, 'plan')),
    show: (moved) => host.result(moved.json, (width) => human(moved, width, true)),
  });
  if (consent.kind === 'refused') return 0;
  if (consent.kind === 'go')
    return done(invocation, await moveChannels(invocation, make, 'run', consent.agreed), false);
  const code = done(invocation, consent.planned, true);
  return code === 0 && consent.kind === 'saved' && consent.planned.writes.length > 0 ? 1 : code;
}

function done(invocation: Invocation, moved: Moved, isPlan: boolean): ExitCode | 0 {
  return showOutcome(invocation.host, moved.errors, moved.json, (width) => human(moved, width, isPlan));
}

/** @param isPlan whether nothing is written yet */
function human({ json, published, writes }: Moved, width: number, isPlan: boolean): string {
  const isAhead = isPlan && writes.length > 0;
  const ages = published.flatMap((one) => one.ages);
  const rows = json.parameters.map(({ name, region, account, previous, value }, at) => [
    name,
    account === undefined ? region : `${region} ${account}`,
    previous === null ? '-' : `${previous}${since(ages[at]?.was)}`,
    value === previous ? '= already' : `→ ${value ?? '(new copy)'}${since(ages[at]?.now)}`,
  ]);
  const changed = json.parameters.find(({ previous, value }) => previous !== null && value !== previous);
  const next =
    isAhead || changed?.value === undefined || changed.value === null
      ? ''
      : `\nNext\n  \`bake images diff ${changed.previous} ${changed.value}\``;
  const moved = json.rotated.map((one) => [
    `${one.file}:${one.line}`,
    one.path,
    `${one.from} → ${one.to ?? '?'}`,
  ]);
  const title = isAhead ? 'Would rotate' : 'Rotated';
  const rotated = moved.length === 0 ? '' : `\n${title}\n${columns(moved, '  ', width)}`;
  const head = isAhead ? ['PARAMETER', 'REGION', 'IS', 'WOULD BE'] : ['PARAMETER', 'REGION', 'WAS', 'IS'];
  return `${table(head, rows, width)}${rotated}${next}`;
}

/** The date as ` (2026-10-21)`. */
function since(at: string | null | undefined): string {
  return at === null || at === undefined || at === '' ? '' : ` (${at.slice(0, 10)})`;
}
