/** Decides whether a script can run here, and names each thing that is missing. */
import type { ScriptHeader } from '../../image/step.ts';
import type { OsFamily } from '../../os/os.ts';
import type { Isolation } from './contract.ts';

export interface Surroundings {
  isolation: Isolation;
  /** Family of the root filesystem that gives the programs; undefined where its os-release names none we know. */
  machineFamily: OsFamily | undefined;
  targetFamily: OsFamily;
  /** The request names a network namespace. */
  network: boolean;
  /** Programs that were looked up inside and not found. */
  lacking: ReadonlySet<string>;
  /** Ids of the steps that were skipped so far. */
  skippedSteps: ReadonlySet<string>;
}

/** Programs to look up inside for a script: those of the family only where the family fits. */
export function programsOf(
  header: ScriptHeader,
  families: Pick<Surroundings, 'machineFamily' | 'targetFamily'>,
): string[] {
  const fits = families.machineFamily === families.targetFamily;
  return [...(header.programs ?? []), ...(fits ? (header.family ?? []) : [])];
}

/** Why the script cannot run here, the missing thing named; undefined where it can. */
export function whyNot(header: ScriptHeader, around: Surroundings): string | undefined {
  const skipped = header.after?.find((step) => around.skippedSteps.has(step));
  if (skipped !== undefined) return `step ${skipped} was skipped`;
  if (header.root === true && around.isolation !== 'root') return 'root is not available on this machine';
  if (around.machineFamily !== around.targetFamily && header.family?.[0] !== undefined) {
    return `${list(header.family)} not on this machine (${around.machineFamily ?? 'unknown'} family)`;
  }
  const lacking = programsOf(header, around).filter((program) => around.lacking.has(program));
  if (lacking.length > 0) return `${list(lacking)} not on this machine`;
  // Last: where a program lacks, a network would not help.
  if (header.network === true && !around.network) return 'it needs a network (bake rehearse --network)';
  return undefined;
}

function list(programs: readonly string[]): string {
  return `${programs.join(', ')} ${programs.length === 1 ? 'is' : 'are'}`;
}
