/**
 * The interface of the rehearsal engine: scripts run for real in a writable overlay over a root filesystem, in
 * namespaces of their own, without touching the machine. `bake rehearse` and the sandbox's Image Builder use it.
 */
import type { Architecture } from '../../os/os.ts';

/** How far this machine lets us go: found by trying, in this order (docs/decisions/0004). */
export type Isolation = 'root' | 'user' | 'none';

export interface RehearsalTarget {
  os: string;
  arch: Architecture;
  parallelcluster: string;
}

/** A file of this machine that a script finds when it starts: copied in, as an engine would bring it. */
export interface PlacedFile {
  /** Path on this machine. */
  source: string;
  /** Absolute path inside; what is there is written over. */
  to: string;
}

export interface RehearsalRequest {
  target: RehearsalTarget;
  /** A folder or tar to use as the root filesystem; without it this machine's own programs under the target's skeleton. */
  rootfs?: string | undefined;
  /** Name of an existing network namespace to run in; without it there is no network. */
  network?: string | undefined;
  /** A layer saved by an earlier rehearsal, to start from. */
  layer?: string | undefined;
  /** Ids of the steps that were skipped when that layer was made: what builds on them is skipped, too. */
  skippedBefore?: readonly string[] | undefined;
  /** In order; a failed script ends the rehearsal unless `keepGoing`. */
  scripts: readonly { name: string; text: string; files?: readonly PlacedFile[] | undefined }[];
  keepGoing?: boolean | undefined;
  /** Seconds a script may take; 7200 like Image Builder where it says nothing. */
  timeoutSeconds?: number | undefined;
  /** Where to write the resulting layer (tar with xattrs and whiteouts; written by temp + rename). */
  save?: string | undefined;
  signal?: AbortSignal | undefined;
  onLine?: ((script: string, line: string) => void) | undefined;
  onResult?: ((result: RehearsalResult) => void) | undefined;
}

export interface RehearsalResult {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped (the missing program named) or how it failed. */
  reason?: string | undefined;
  exitCode?: number | undefined;
  /** stdout and stderr as they came, at most the last 256 kB. */
  output: string;
}

export interface Rehearsal {
  isolation: Isolation;
  /** With isolation `none`: why nothing was rehearsed. */
  why?: string | undefined;
  results: RehearsalResult[];
}
