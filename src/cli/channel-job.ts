/** Owns bake publish, promote and rollback as the CLI drives them: shown, confirmed, done, and the configs follow. */
import { throwAll, type BakeError } from '../errors/bake-error.ts';
import type { ExitCode } from '../errors/table.ts';
import { targetLabel } from '../os/target.ts';
import { rotationResult, runErrors } from '../pipeline/report.ts';
import type { RunResult } from '../pipeline/result.ts';
import { runStages } from '../pipeline/runner.ts';
import type { MoveStage } from '../pipeline/stages/moves.ts';
import { rotate } from '../pipeline/stages/rotate.ts';
import type { Project } from '../pipeline/project.ts';
import type { Published, RotateSettings } from '../pipeline/world.ts';
import type { Invocation } from './command.ts';
import { clearAfterKill, openShop, usesExample } from './compose.ts';
import { showOutcome } from './outcome.ts';
import { columns, table } from './tables.ts';
import { tellMoved } from './tell.ts';

export interface ChannelJob {
  stage: MoveStage;
  /** The channel that changes: references follow it where rotation does. */
  channel: string;
}

interface Moved {
  json: Pick<RunResult, 'parameters' | 'rotated' | 'unresolved'>;
  published: Published[];
  changed: boolean;
  /** Of the targets that are not in `published`, and of configs. */
  errors: BakeError[];
}

/** @param jobOf judges the project too: throws where the command cannot do what is asked */
export async function moveChannels(
  invocation: Invocation,
  jobOf: (project: Project) => ChannelJob,
): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  // A person at a terminal sees what will be written before it is.
  if (host.isTty && !options.yes && !options.json && !(await usesExample(invocation))) {
    const planned = await move(invocation, jobOf, 'plan');
    if (!planned.changed || planned.errors.length > 0) return done(invocation, planned);
    host.result(planned.json, () => human(invocation, planned));
    if (!(await host.confirm('Go on?'))) return 0;
  }
  return done(invocation, await move(invocation, jobOf, 'run'));
}

function done(invocation: Invocation, moved: Moved): ExitCode | 0 {
  return showOutcome(invocation.host, moved.errors, moved.json, () => human(invocation, moved));
}

async function move(
  invocation: Invocation,
  jobOf: (project: Project) => ChannelJob,
  mode: 'run' | 'plan',
): Promise<Moved> {
  const { host, options, cwd, signal } = invocation;
  const { commandLine } = invocation;
  const shop = await openShop(invocation, (project) => void jobOf(project), { commandLine });
  const { world, journal, project } = shop;
  const job = jobOf(project);
  try {
    const settings = rotationOf(project, job.channel, options.noRotate);
    if (settings) world.rotate = settings;
    if (mode === 'run') await clearAfterKill(shop);
    const outcome = await runStages({
      world,
      stages: settings ? [job.stage, rotate] : [job.stage],
      items: project.jobs,
      label: (item) => targetLabel(item.target),
      mode,
      concurrency: 16,
      journal,
      emit: host.emit,
      signal,
    });
    const errors = runErrors(outcome, cwd);
    if (mode === 'run') journal.end(errors.length === 0 ? 'done' : 'failed');
    const published = outcome.items.map((item) => item['publish'] as Published);
    const parameters = published.flatMap((one) => one.parameters);
    if (mode === 'run') await tellMoved(invocation, shop, parameters);
    if (published.length === 0 || signal.aborted) throwAll(errors);
    return {
      json: { parameters, ...rotationResult(outcome, cwd) },
      published,
      changed: outcome.changed,
      errors,
    };
  } finally {
    await shop.close();
  }
}

/** Where bakery.yaml says that configs follow another channel, this one is none of their business. */
function rotationOf(project: Project, channel: string, off: boolean): RotateSettings | undefined {
  const followed = project.bakery.value.rotate.channel ?? channel;
  return off || followed !== channel ? undefined : { ...project.rotate, channel };
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
