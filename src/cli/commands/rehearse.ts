/** `bake rehearse`: runs the steps and rows on this machine and shows their results. */
import type { ExitCode } from '../../errors/table.ts';
import type { Invocation } from '../../jobs/invocation.ts';
import { rehearseTargets } from '../../jobs/rehearsal.ts';
import { rehearsalText } from '../rehearsal-text.ts';

/** Exit 4 when a step or a row failed. */
export async function execute(invocation: Invocation): Promise<ExitCode | 0> {
  const targets = await rehearseTargets(invocation);
  invocation.host.result({ rehearsed: targets }, (width) =>
    targets.map((target) => rehearsalText(target, width)).join('\n\n'),
  );
  return targets.some(({ results }) => results.some(({ outcome }) => outcome === 'failed')) ? 4 : 0;
}
