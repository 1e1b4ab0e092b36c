/** Owns `bake rotate`: the rotate stage by itself, from what the channels say now. */
import path from 'node:path';
import { throwAll } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import type { RunResult } from '../../pipeline/result.ts';
import { rotationResult, runErrors } from '../../pipeline/report.ts';
import { runStages } from '../../pipeline/runner.ts';
import { rotate } from '../../pipeline/stages/rotate.ts';
import type { Job } from '../../pipeline/world.ts';
import type { Invocation } from '../command.ts';
import { openShop, usesExample } from '../compose.ts';
import { table } from '../tables.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, options } = invocation;
  // A person at a terminal sees what will be written before it is.
  if (host.isTty && !options.yes && !options.json && !options.check && !(await usesExample(invocation))) {
    const planned = await rotateAll(invocation, 'plan');
    if (planned.rotated.length === 0) return done(invocation, planned);
    host.result(planned, () => human(planned, true));
    if (!(await host.confirm('Go on?'))) return 0;
  }
  return done(invocation, await rotateAll(invocation, options.check ? 'plan' : 'run'));
}

type Rotation = Pick<RunResult, 'rotated' | 'unresolved'>;

function done({ host, options }: Invocation, rotation: Rotation): ExitCode | 0 {
  host.result(rotation, () => human(rotation, options.check));
  const stale = options.check && rotation.rotated.length > 0;
  const open = options.check && rotation.unresolved.length > 0 && !options.allowUnresolved;
  return stale || open ? 1 : 0;
}

async function rotateAll(invocation: Invocation, mode: 'run' | 'plan'): Promise<Rotation> {
  const { host, options, cwd, signal } = invocation;
  const shop = await openShop(invocation);
  try {
    if (options.includeRoot) shop.world.rotate = { ...shop.world.rotate, root: 'rotate' };
    const outcome = await runStages({
      world: shop.world,
      // One item, all jobs: nothing was published before, so each family follows its parameter.
      stages: [
        {
          ...rotate,
          gather: (world, jobs: readonly (readonly Job[])[]) => rotate.gather(world, jobs.flat(), []),
        },
      ],
      items: [shop.project.jobs],
      label: () => '',
      mode,
      concurrency: 1,
      journal: shop.journal,
      emit: host.emit,
      signal,
    });
    const errors = runErrors(outcome, cwd);
    if (mode === 'run') shop.journal.end(errors.length === 0 ? 'done' : 'failed');
    throwAll(errors);
    return rotationResult(outcome, cwd);
  } finally {
    await shop.close();
  }
}

function human({ rotated, unresolved }: Rotation, check: boolean): string {
  if (rotated.length + unresolved.length === 0) return 'every reference is up to date';
  const rows = [
    ...rotated.map((entry) => [
      check ? 'stale' : 'rotated',
      place(entry),
      entry.path,
      `${entry.from} → ${entry.to ?? '?'}`,
    ]),
    ...unresolved.map((entry) => ['unresolved', place(entry), entry.path, `${entry.found}: ${entry.reason}`]),
  ];
  return table(['WHAT', 'WHERE', 'PATH', 'IMAGE'], rows);
}

function place(entry: { file: string; line: number }): string {
  return `${path.normalize(entry.file)}:${entry.line}`;
}
