/** Adds to a plan what its file needs: where it was made, and what the file must not contain. */
import { periodOf } from '../pipeline/fingerprint.ts';
import type { RunOutcome } from '../run/runner.ts';
import { sha256 } from '../util/sha256.ts';
import type { FilePlan } from './consent.ts';
import type { CommandContext } from './context.ts';
import type { Invocation } from './invocation.ts';
import { regionsOf } from './regions.ts';

/** A plan that failed for a target is shown with its errors, and nobody is asked whether to apply it. */
export function askable<P extends FilePlan>(planned: P): P {
  return planned.errors.length > 0 ? { ...planned, writes: [] } : planned;
}

/** @param scripts of the images; the file contains only the digests of the user's own scripts */
export function filePlanOf(
  { writes, plans }: Pick<RunOutcome<unknown, unknown>, 'writes' | 'plans'>,
  { project, world, journal }: Pick<CommandContext, 'project' | 'world' | 'journal'>,
  { version, cwd }: Invocation,
  command: string,
  scripts: readonly { script: string; fromUser?: true }[] = [],
): Omit<FilePlan, 'errors'> {
  const { bakery, jobs } = project;
  const regions = regionsOf(jobs).sort();
  const period = periodOf(world.aws.now(), bakery.value.refresh);
  const own = scripts.flatMap(({ script, fromUser }) => (fromUser ? [sha256(script)] : []));
  return {
    writes,
    plans,
    resumes: journal.resumed,
    origin: { bake: version, command, account: world.account, regions, period },
    privacy: {
      folders: [...new Set([bakery.folder, cwd])],
      fromEnvironment: bakery.variables,
      userTexts: new Set(own),
    },
  };
}
