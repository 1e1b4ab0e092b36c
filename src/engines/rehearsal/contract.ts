/**
 * The types of the rehearsal engine. It runs scripts in a writable overlay over a root filesystem, in namespaces of
 * their own, and does not change the machine. `bake rehearse` and the sandbox's Image Builder use it.
 */
import type { Architecture } from '../../os/os.ts';

/** How the namespaces are entered. bake tries these in this order and uses the first that works (docs/decisions/0004). */
export type Isolation = 'root' | 'user' | 'none';

export interface RehearsalTarget {
  os: string;
  arch: Architecture;
  parallelcluster: string;
}

/** A file of this machine that is copied inside before a script starts, as the engines copy it to an instance. */
export interface PlacedFile {
  /** Path on this machine. */
  source: string;
  /** Absolute path inside; an existing file is overwritten. */
  to: string;
}

export interface RehearsalRequest {
  target: RehearsalTarget;
  /** The root filesystem, a folder or tar. Without it, this machine's programs and the target's skeleton are used. */
  rootfs?: string | undefined;
  /** Name of an existing network namespace to run in; without it there is no network. */
  network?: string | undefined;
  /** The layer to start from, which an earlier rehearsal saved. */
  layer?: string | undefined;
  /** Ids of the steps that were skipped when that layer was made. Scripts that depend on them are skipped too. */
  skippedBefore?: readonly string[] | undefined;
  /** The scripts in the order in which they run. A failed script ends the rehearsal unless `keepGoing` is set. */
  scripts: readonly { name: string; text: string; files?: readonly PlacedFile[] | undefined }[];
  keepGoing?: boolean | undefined;
  /** The time limit of each script in seconds; by default 7200, like Image Builder. */
  timeoutSeconds?: number | undefined;
  /** Where to write the resulting layer: a tar with xattrs and whiteouts, written to a temporary file and renamed. */
  save?: string | undefined;
  signal?: AbortSignal | undefined;
  onLine?: ((script: string, line: string) => void) | undefined;
  onResult?: ((result: RehearsalResult) => void) | undefined;
}

export interface RehearsalResult {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped (with the name of the missing program), or how it failed. */
  reason?: string | undefined;
  exitCode?: number | undefined;
  /** stdout and stderr in the order in which they were written, at most the last 256 Ki characters. */
  output: string;
}

export interface Rehearsal {
  isolation: Isolation;
  /** Why nothing was rehearsed; only with isolation `none`. */
  why?: string | undefined;
  results: RehearsalResult[];
}
