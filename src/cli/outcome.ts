/** Shows the result of a command in which some targets may have failed: first the results, then the errors. */
import { errorJson, exitOf, type BakeError } from '../errors/bake-error.ts';
import type { ExitCode } from '../errors/table.ts';
import type { Host } from '../jobs/host.ts';

/**
 * With --json one document contains both, so that an error of one target does not hide the results of others.
 * @returns the command's exit code
 */
export function showOutcome(
  host: Host,
  errors: BakeError[],
  json: object,
  human: (width: number) => string,
): ExitCode | 0 {
  if (errors.length === 0) {
    host.result(json, human);
    return 0;
  }
  host.result({ errors: host.explain(errors).map(errorJson), ...json }, human);
  host.error(errors);
  return exitOf(errors);
}
