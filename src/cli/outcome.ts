/** Owns how a command ends that some targets came through and others did not: what was done, then what went wrong. */
import { errorJson, exitOf, type BakeError } from '../errors/bake-error.ts';
import type { ExitCode } from '../errors/table.ts';
import type { Host } from '../jobs/host.ts';

/**
 * With --json one document holds both: what was written is not lost for another target's error.
 * @returns the command's exit code
 */
export function showOutcome(
  host: Host,
  errors: BakeError[],
  json: object,
  human: () => string,
): ExitCode | 0 {
  if (errors.length === 0) {
    host.result(json, human);
    return 0;
  }
  host.result({ errors: host.explain(errors).map(errorJson), ...json }, human);
  host.error(errors);
  return exitOf(errors);
}
