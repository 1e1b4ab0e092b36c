/** `bake reap`: shows what dead runs left behind, and removes it. */
import { throwAll } from '../../errors/bake-error.ts';
import type { ExitCode } from '../../errors/table.ts';
import { askConsent } from '../../jobs/consent.ts';
import { openCloud } from '../../jobs/cloud.ts';
import { openWorkplace } from '../../jobs/workplace.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { planReaping, reap, type ReapPlan } from '../../jobs/reap.ts';
import type { Leftover } from '../../reap/leftover.ts';
import { table } from '../../text/tables.ts';
import { count } from '../../util/count.ts';

interface Reaped extends Leftover {
  outcome: 'found' | 'removed' | 'failed';
}

/** Exit 0 if nothing is left. If the user declines, nothing is removed. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const { host } = invocation;
  const { project, copyOf } = await openWorkplace(invocation);
  const cloud = await openCloud(invocation, project);
  const plan = (): Promise<ReapPlan> => planReaping(cloud, project, invocation);
  const show = (leftovers: readonly Leftover[], outcomeOf: (one: Leftover) => Reaped['outcome']): void => {
    const reaped = leftovers.map((one) => ({ ...one, outcome: outcomeOf(one) }));
    host.result({ reaped }, (width) => human(reaped, width));
  };
  try {
    const consent = await askConsent<ReapPlan>({
      invocation,
      command: 'reap',
      needsYes: true,
      isOwnCopy: copyOf !== undefined,
      plan,
      show: ({ leftovers }) => show(leftovers, () => 'found'),
      textOf: ({ leftovers }) => `Remove ${count(leftovers.length, 'leftover')}?`,
    });
    if (consent.kind === 'refused') return 0;
    const planned = consent.planned ?? (await plan());
    const { removed, errors } = await reap(cloud, planned, invocation);
    throwAll(errors);
    show(planned.leftovers, (one) => (removed.has(one) ? 'removed' : 'failed'));
    return 0;
  } finally {
    await cloud.close();
  }
}

function human(reaped: readonly Reaped[], width: number): string {
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
    width,
  );
}
