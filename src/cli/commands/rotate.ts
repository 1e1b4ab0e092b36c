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
import { openShop } from '../compose.ts';
import { table } from '../tables.ts';

export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
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
      mode: options.check ? 'plan' : 'run',
      concurrency: 1,
      journal: shop.journal,
      emit: host.emit,
      signal,
    });
    const errors = runErrors(outcome, cwd);
    if (!options.check) shop.journal.end(errors.length === 0 ? 'done' : 'failed');
    throwAll(errors);
    const { rotated, unresolved } = rotationResult(outcome, cwd);
    host.result({ rotated, unresolved }, () => human({ rotated, unresolved }, options.check));
    const stale = options.check && rotated.length > 0;
    const open = options.check && unresolved.length > 0 && !options.allowUnresolved;
    return stale || open ? 1 : 0;
  } finally {
    await shop.close();
  }
}

function human({ rotated, unresolved }: Pick<RunResult, 'rotated' | 'unresolved'>, check: boolean): string {
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
