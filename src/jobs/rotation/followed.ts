/** Owns rotation by channel as the CLI drives it: the rotate stage by itself, from what the channels say now. */
import { rotateResult, runErrors } from '../../pipeline/report.ts';
import { runStages } from '../../run/runner.ts';
import { rotate } from '../../pipeline/stages/rotate.ts';
import type { Job, Rotated } from '../../pipeline/world.ts';
import type { Invocation } from '../invocation.ts';
import { checkChannel, openShop } from '../context.ts';
import type { Rotation } from './rotation.ts';

/** @throws BakeError, BakeErrors where nothing could be decided at all */
export async function followChannel(invocation: Invocation, mode: 'run' | 'plan'): Promise<Rotation> {
  const { host, options, args, cwd, signal } = invocation;
  checkChannel('--from-channel', options.fromChannel, 'rotate');
  const shop = await openShop({
    ...invocation,
    rotate: {
      paths: args,
      folder: cwd,
      channel: options.fromChannel,
      includeRoot: options.includeRoot,
      insertOverrides: options.insertQueueOverrides,
      literal: options.literal,
    },
  });
  try {
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
    const done = outcome.run['rotate'] as Rotated | undefined;
    const errors = runErrors(outcome, cwd);
    if (mode === 'run') shop.journal.end(errors.length === 0 ? 'done' : 'failed');
    return {
      ...rotateResult(outcome, cwd),
      source: `channel ${shop.world.rotate.channel}`,
      edits: done?.edits ?? [],
      images: new Map(done?.images),
      errors,
    };
  } finally {
    await shop.close();
  }
}
