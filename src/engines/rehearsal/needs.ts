/** Decides whether a script can run in a rehearsal, and says what is missing if it cannot. */
import type { ScriptHeader } from '../../image/step.ts';
import type { OsFamily } from '../../os/os.ts';
import type { Isolation } from './contract.ts';

export interface Surroundings {
  isolation: Isolation;
  /** The family of the root filesystem that the programs come from; undefined if its os-release names no known family. */
  machineFamily: OsFamily | undefined;
  targetFamily: OsFamily;
  /** Whether the request names a network namespace. */
  network: boolean;
  /** The programs that were not found inside. */
  lacking: ReadonlySet<string>;
  /** The ids of the steps that have been skipped so far. */
  skippedSteps: ReadonlySet<string>;
}

/** The programs to look up inside for a script. Those of the package family count only if machine and target share it. */
export function programsOf(
  header: ScriptHeader,
  families: Pick<Surroundings, 'machineFamily' | 'targetFamily'>,
): string[] {
  const fits = families.machineFamily === families.targetFamily;
  return [...(header.programs ?? []), ...(fits ? (header.family ?? []) : [])];
}

/** Returns why the script cannot run, with the name of what is missing; undefined if it can run. */
export function whyNot(header: ScriptHeader, around: Surroundings): string | undefined {
  const skipped = header.after?.find((step) => around.skippedSteps.has(step));
  if (skipped !== undefined) return `step ${skipped} was skipped`;
  if (header.root === true && around.isolation !== 'root') return 'root is not available on this machine';
  if (around.machineFamily !== around.targetFamily && header.family?.[0] !== undefined) {
    return `${list(header.family)} not on this machine (${around.machineFamily ?? 'unknown'} family)`;
  }
  const lacking = programsOf(header, around).filter((program) => around.lacking.has(program));
  if (lacking.length > 0) return `${list(lacking)} not on this machine`;
  // This check is the last one, because a network does not help if a program is missing.
  if (header.network === true && !around.network) return 'it needs a network (bake rehearse --network)';
  return undefined;
}

function list(programs: readonly string[]): string {
  return `${programs.join(', ')} ${programs.length === 1 ? 'is' : 'are'}`;
}
