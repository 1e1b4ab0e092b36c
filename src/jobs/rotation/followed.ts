/** Rotates references to the images that the channels hold now: runs the rotate stage alone. */
import { relativeErrors } from '../../pipeline/report.ts';
import { rotate } from '../../pipeline/stages/rotate.ts';
import type { Job, World } from '../../pipeline/world.ts';
import { pipelineOf } from '../../run/pipeline.ts';
import { runStages } from '../../run/runner.ts';
import type { PlannedWrite } from '../../run/writes.ts';
import { checkChannelName } from '../selection.ts';
import { openContext } from '../context.ts';
import { filePlanOf } from '../file-plan.ts';
import type { Invocation } from '../invocation.ts';
import { relativeTo, type Rotation } from './rotation.ts';

/** All jobs are one item. Nothing was published in this run, so each family follows its parameter. */
const rotation = pipelineOf<World, readonly Job[]>().each({
  ...rotate,
  gather: (world: World, jobs: readonly Job[]) => rotate.gather(world, jobs, []),
});

/** @throws BakeError, BakeErrors if nothing could be decided */
export async function followChannel(
  invocation: Invocation,
  mode: 'run' | 'plan',
  agreed?: readonly PlannedWrite[],
): Promise<Rotation> {
  const { host, options, args, cwd, signal } = invocation;
  checkChannelName('--from-channel', options.fromChannel, 'rotate');
  const context = await openContext({
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
      world: context.world,
      pipeline: rotation,
      items: [context.project.jobs],
      label: () => '',
      mode,
      agreed,
      concurrency: 1,
      journal: context.journal,
      emit: host.emit,
      signal,
    });
    const done = outcome.items[0]?.rotate;
    const errors = [...outcome.errors, ...(done?.errors ?? [])];
    if (mode === 'run') context.journal.end(errors.length === 0 ? 'done' : 'failed');
    return relativeTo(cwd, {
      ...filePlanOf(outcome, context, invocation, 'rotate'),
      rotated: done?.rotated ?? [],
      unresolved: done?.unresolved ?? [],
      updates: done?.updates ?? [],
      source: `channel ${context.world.rotate.channel}`,
      edits: done?.edits ?? [],
      images: new Map(done?.images),
      errors: relativeErrors(errors, cwd),
    });
  } finally {
    await context.close();
  }
}
