/** Owns `bake reap`: what dead runs left behind, shown and then removed. */
import path from 'node:path';
import { throwAll } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { leaseFolder } from '../../pipeline/building.ts';
import { liveLeases } from '../../run/lease.ts';
import type { Project } from '../../pipeline/project.ts';
import { findLeftovers } from '../../reap/find.ts';
import type { Leftover } from '../../reap/leftover.ts';
import { readLoggedGroups } from '../../reap/logged.ts';
import { planReap } from '../../reap/plan.ts';
import { removeLeftovers } from '../../reap/remove.ts';
import { count } from '../../util/count.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { openCloud, openWorkplace, type Cloud } from '../../jobs/context.ts';
import { table } from '../../text/tables.ts';

interface Reaped extends Leftover {
  outcome: 'found' | 'removed' | 'failed';
}

/** Exit 0 when nothing is left; a refused question leaves everything as it is. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host, signal } = invocation;
  const { project } = await openWorkplace(invocation);
  const cloud = await openCloud(invocation, project);
  try {
    const leftovers = await find(cloud, project, invocation);
    if (leftovers.length > 0 && host.isTty && !invocation.options.yes && !invocation.options.json) {
      host.result({ reaped: told(leftovers) }, () => human(told(leftovers)));
      if (!(await host.confirm(`Remove ${count(leftovers.length, 'leftover')}?`))) return 0;
    }
    const removed = new Set<Leftover>();
    const errors = await removeLeftovers(cloud.aws, leftovers, signal, (leftover) => {
      removed.add(leftover);
      host.emit({ type: 'note', text: `removed ${leftover.kind} ${leftover.id} in ${leftover.region}` });
    });
    const reaped = leftovers.map((one) => ({ ...one, outcome: outcomeOf(removed.has(one)) }));
    throwAll(errors);
    host.result({ reaped }, () => human(reaped));
    return 0;
  } finally {
    await cloud.close();
  }
}

async function find({ aws }: Cloud, project: Project, { cwd }: Invocation): Promise<Leftover[]> {
  const { publish, image } = project.bakery.value;
  const regions = [...new Set(project.jobs.flatMap((job) => job.target.regions))];
  const logged = await readLoggedGroups(path.join(cwd, '.bakery', 'runs'));
  const perRegion = await Promise.all(
    regions.map(async (region) => {
      // Leases last: what was made before we looked is held by a lease that we see.
      const found = await findLeftovers(aws, region, image.prefix, logged);
      return { region, found, leases: await liveLeases(aws, region, leaseFolder(publish.parameter)) };
    }),
  );
  // A lease stands in the first Region of its target; what its run made may be in another.
  const live = new Set(perRegion.flatMap(({ leases }) => [...leases.runs]));
  const liveFingerprints = new Set(perRegion.flatMap(({ leases }) => [...leases.names]));
  return perRegion.flatMap(({ region, found }) =>
    planReap({ region, found, live, liveFingerprints, prefix: image.prefix }),
  );
}

function outcomeOf(isRemoved: boolean): Reaped['outcome'] {
  return isRemoved ? 'removed' : 'failed';
}

function told(leftovers: readonly Leftover[]): Reaped[] {
  return leftovers.map((one) => ({ ...one, outcome: 'found' }));
}

function human(reaped: readonly Reaped[]): string {
  if (reaped.length === 0) return 'no leftovers of dead runs';
  return table(
    ['REGION', 'KIND', 'ID', 'NAME', 'RUN', 'SINCE', 'OUTCOME'],
    reaped.map(({ region, kind, id, name, run, createdAt, outcome }) => [
      region,
      kind,
      id,
      name,
      run === '' ? '-' : run,
      createdAt === '' ? '-' : createdAt.slice(0, 16).replace('T', ' '),
      outcome,
    ]),
  );
}
