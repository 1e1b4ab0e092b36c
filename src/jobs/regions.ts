/** The Regions of the targets that a command selected. */
import type { Target } from '../os/target.ts';

type Jobs = readonly { target: Pick<Target, 'regions'> }[];

/** Each Region once. */
export function regionsOf(jobs: Jobs): string[] {
  return [...new Set(jobs.flatMap(({ target }) => target.regions))];
}

/** The Region of calls that concern no particular target. */
export function firstRegion(jobs: Jobs): string {
  return jobs[0]?.target.regions[0] ?? 'us-east-1';
}
