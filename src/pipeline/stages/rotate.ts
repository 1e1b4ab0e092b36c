/** The rotate stage: updates AMI references in files to the images of the channel. */
import { gatherRotation, planRotation, type RotationFacts } from '../../rotate/gather.ts';
import { rotationWrites, type RotationPlan } from '../../rotate/decide.ts';
import { errorOf, faultOf, type BakeError, type Fault } from '../../errors/bake-error.ts';
import { applyAll } from '../../rotate/pool.ts';
import { count } from '../../util/count.ts';
import type { Stage } from '../../run/stage.ts';
import type { Job, PublishResults, Rotated, World } from '../world.ts';

interface Plan extends Omit<RotationPlan, 'errors'> {
  /** An absolute path; file names in writes are relative to it. */
  folder: string;
  images: RotationFacts['images'];
  /** The states of the files that change, from when they were read. */
  stamps: [file: string, stamp: string][];
  /** The errors of files that could not be read. */
  faults: Fault[];
}

export const rotate: Stage<
  'rotate',
  World,
  readonly Job[],
  readonly PublishResults[],
  RotationFacts,
  Plan,
  Rotated,
  BakeError[]
> = {
  name: 'rotate',

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
    const { errors, ...plan } = planRotation(facts);
    const changed = new Set(plan.edits.map(({ file }) => file));
    const stamps = facts.found.flatMap(({ file, stamp }): Plan['stamps'] =>
      changed.has(file) && stamp !== undefined ? [[file, stamp]] : [],
    );
    return {
      ...plan,
      folder: facts.settings.folder,
      images: facts.images,
      stamps,
      faults: errors.map(faultOf),
    };
  },

  writes: ({ rotated, folder }) => rotationWrites(rotated, folder),
  preview: ({ faults, ...plan }) => ({ ...plan, errors: faults.map(errorOf) }),

  async apply(world, plan) {
    const told = (done: number, total: number): void => progress(world, 'files written', done, total);
    // File names are absolute.
    const settings = { folder: '/', stamps: new Map(plan.stamps) };
    return (await applyAll(plan.edits, settings, told, world.signal)).errors;
  },

  // applyAll() checks each file before it replaces it, and returns the errors.
  async check(_world, { faults, ...plan }, refused) {
    const errors = [...faults.map(errorOf), ...refused];
    const failed = new Set(errors.map((error) => error.place.file));
    const isDone = (entry: { file: string }): boolean => !failed.has(entry.file);
    return { ...plan, errors, rotated: plan.rotated.filter(isDone), updates: plan.updates.filter(isDone) };
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
