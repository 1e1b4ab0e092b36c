/** The resolve stage: finds the base image of a target. */
import { findAmis, type Ami } from '../../aws/images.ts';
import { BakeError } from '../../errors/bake-error.ts';
import { chooseOfficial, isDeprecated, officialQuery, unfitReason } from '../../os/official.ts';
import type { Target } from '../../os/target.ts';
import type { Stage } from '../../run/stage.ts';
import type { Job, Resolved, World } from '../world.ts';

interface Facts {
  target: Target;
  candidates: Ami[];
  now: string;
}

interface Plan extends Resolved {
  target: Target;
  deprecated: boolean;
}

export const resolve: Stage<'resolve', World, Job, object, Facts, Plan, Plan> = {
  name: 'resolve',
  readOnly: true,

  async gather(world, job) {
    const { target } = job;
    const query = target.base === undefined ? officialQuery(target) : { ids: [target.base] };
    const candidates = await findAmis(world.aws, target.regions[0], query);
    return { target, candidates, now: world.aws.now().toISOString() };
  },

  plan({ target, candidates, now }) {
    const region = target.regions[0];
    const base = target.base === undefined ? chooseOfficial(candidates, new Date(now)) : candidates[0];
    if (!base) throw new BakeError('BASE_NOT_FOUND', { what: target.base ?? wanted(target), region });
    const reason = unfitReason(base, target);
    if (reason !== undefined) throw new BakeError('BASE_UNFIT', { id: base.id, reason });
    return { target, base, deprecated: isDeprecated(base, new Date(now)) };
  },

  writes: () => [],
  preview: (plan) => plan,
  apply: async () => {},
  check: async (_world, plan) => plan,

  say({ target, base, deprecated }) {
    return [
      `ParallelCluster ${target.parallelcluster} (${target.versionReason})`,
      `${base.id} ${base.createdAt.slice(0, 10)}${deprecated ? ' deprecated' : ''}`,
    ].join(' · ');
  },
};

function wanted(target: Target): string {
  return `the official image of ParallelCluster ${target.parallelcluster} for ${target.os.id} ${target.arch}`;
}
