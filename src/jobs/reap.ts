/** Finds and removes the resources that dead runs left behind. */
import { untaggedOf } from '../engines/registry.ts';
import type { BakeError } from '../errors/bake-error.ts';
import { leaseFolder } from '../pipeline/building.ts';
import type { Project } from '../pipeline/project.ts';
import { findLeftovers } from '../reap/find.ts';
import type { Leftover } from '../reap/leftover.ts';
import { readLoggedGroups } from '../reap/logged.ts';
import { planReap } from '../reap/plan.ts';
import { removeLeftovers } from '../reap/remove.ts';
import type { Planned } from '../run/confirm.ts';
import { liveLeases } from '../run/lease.ts';
import type { Cloud } from './cloud.ts';
import { enginesOf } from './engines.ts';
import type { Invocation } from './invocation.ts';
import { runsFolder } from './places.ts';
import { regionsOf } from './regions.ts';

export interface ReapPlan extends Planned {
  leftovers: readonly Leftover[];
}

/** @throws BakeError AWS_… */
export async function planReaping(cloud: Cloud, project: Project, invocation: Invocation): Promise<ReapPlan> {
  const leftovers = await find(cloud, project, invocation);
  return {
    leftovers,
    writes: leftovers.map(({ kind, id, name, region }) => ({
      what: `${kind} ${id} in ${region}`,
      from: name,
      to: null,
    })),
  };
}

/** @returns the leftovers that were removed, and the errors of the others */
export async function reap(
  { aws }: Cloud,
  { leftovers }: ReapPlan,
  { host, signal }: Invocation,
): Promise<{ removed: ReadonlySet<Leftover>; errors: BakeError[] }> {
  const removed = new Set<Leftover>();
  const errors = await removeLeftovers(aws, leftovers, signal, (leftover) => {
    removed.add(leftover);
    host.emit({ type: 'note', text: `removed ${leftover.kind} ${leftover.id} in ${leftover.region}` });
  });
  return { removed, errors };
}

async function find({ aws }: Cloud, project: Project, invocation: Invocation): Promise<Leftover[]> {
  const { publish, image } = project.bakery.value;
  const untagged = untaggedOf(await enginesOf(invocation));
  const regions = regionsOf(project.jobs);
  const logged = await readLoggedGroups(runsFolder(invocation), untagged);
  const perRegion = await Promise.all(
    regions.map(async (region) => {
      // Read the leases last: then every resource found before has its lease among them, if its run lives.
      const found = await findLeftovers(aws, region, image.prefix, { logged, untagged });
      return { region, found, leases: await liveLeases(aws, region, leaseFolder(publish.parameter)) };
    }),
  );
  // A lease is in the first Region of its target; resources of its run may be in others.
  const live = new Set(perRegion.flatMap(({ leases }) => [...leases.runs]));
  const liveFingerprints = new Set(perRegion.flatMap(({ leases }) => [...leases.names]));
  return perRegion.flatMap(({ region, found }) =>
    planReap({ region, found, live, liveFingerprints, prefix: image.prefix, untagged }),
  );
}
