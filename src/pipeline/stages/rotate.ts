/** Owns the rotate stage: AMI references in files follow the channel. */
import { gatherRotation, planRotation, type RotationFacts } from '../../rotate/gather.ts';
import type { RotationPlan } from '../../rotate/decide.ts';
import { applyAll } from '../../rotate/pool.ts';
import { count } from '../../util/count.ts';
import type { Stage } from '../../run/stage.ts';
import type { Job, Rotated, TargetResults, World } from '../world.ts';

interface Plan extends RotationPlan {
  /** Whoever shows the plan names them. */
  images: RotationFacts['images'];
  /** Of files that change: what they were when they were read. */
  stamps: [file: string, stamp: string | undefined][];
}

export const rotate: Stage<World, readonly Job[], readonly TargetResults[], RotationFacts, Plan, Rotated> = {
  name: 'rotate',
  scope: 'run',

  gather: (world, jobs, results) =>
    gatherRotation({
      aws: world.aws,
      account: world.account,
      jobs,
      settings: world.rotate,
      published: results.flatMap(({ publish }) => publish.parameters),
      publishedImages: results.flatMap(({ publish }) => publish.images.flatMap(({ image }) => image ?? [])),
      progress: (done, total) => progress(world, 'files read', done, total),
      signal: world.signal,
    }),

  plan(facts) {
    const plan = planRotation(facts);
    const changed = new Set(plan.edits.map(({ file }) => file));
    const found = facts.found.filter(({ file }) => changed.has(file));
    return { ...plan, images: facts.images, stamps: found.map(({ file, stamp }) => [file, stamp]) };
  },
  writes: (plan) => plan.edits.length > 0,
  foresee: (plan) => plan,

  async apply(world, plan) {
    const told = (done: number, total: number): void => progress(world, 'files written', done, total);
    // File names are absolute.
    const settings = { folder: '/', stamps: new Map(plan.stamps) };
    plan.errors.push(...(await applyAll(plan.edits, settings, told, world.signal)).errors);
  },

  // applyAll has read each file back before it replaced it; what it refused is among the errors.
  async check(_world, plan) {
    const failed = new Set(plan.errors.map((error) => error.place.file));
    const came = (entry: { file: string }): boolean => !failed.has(entry.file);
    return { ...plan, rotated: plan.rotated.filter(came), updates: plan.updates.filter(came) };
  },

  say({ rotated, unresolved }) {
    const files = new Set(rotated.map((entry) => entry.file)).size;
    const moved =
      rotated.length === 0
        ? 'nothing to move'
        : `${count(rotated.length, 'reference')} in ${count(files, 'file')}`;
    return unresolved.length === 0 ? moved : `${moved} · ${unresolved.length} left as they are`;
  },
};

function progress({ emit }: World, text: string, done: number, total: number): void {
  emit({ type: 'stageProgress', stage: 'rotate', text, done, total });
}
