/** Owns the shapes of design 3.2: what a run, a plan and their parts print with --json. Fixed: scripts rest on them. */

export interface ImageEntry {
  os: string;
  arch: string;
  region: string;
  parallelcluster: string;
  engine: string;
  baseImageId: string;
  /** null in a plan that would bake it. */
  imageId: string | null;
  name: string;
  fingerprint: string;
  outcome: 'baked' | 'unchanged' | 'would-bake';
  /** `reasons` is there where something was skipped. */
  verify: { passed: number; failed: number; skipped: number; reasons?: string[] };
}

export interface ParameterEntry {
  region: string;
  name: string;
  /** null in a plan whose image is not baked yet. */
  value: string | null;
  previous: string | null;
  /** The account it is in, where that is not our own (publish.share.parameters). */
  account?: string;
}

/**
 * Where an AMI reference stands. root, head, queue, login: a cluster config's four places. parent: what an image is
 * built from. parameter, mapping, launch-template: CloudFormation and Terraform. variable: a value with a name of its
 * own. text: literal mode, no place known. other: a place that nothing reads an image from.
 */
export type Scope =
  | 'root'
  | 'head'
  | 'queue'
  | 'login'
  | 'parent'
  | 'parameter'
  | 'mapping'
  | 'launch-template'
  | 'variable'
  | 'text'
  | 'other';

export interface RotatedEntry {
  file: string;
  line: number;
  column: number;
  path: string;
  scope: Scope;
  from: string;
  /** null in a plan whose image is not baked yet. */
  to: string | null;
}

export interface UnresolvedEntry {
  file: string;
  line: number;
  column: number;
  path: string;
  found: string;
  reason: string;
}

/** What becomes of a rotated reference: `bake rotate --json` has these under `updates`. */
export interface UpdateEntry {
  file: string;
  line: number;
  path: string;
  scope: Scope;
  /**
   * live: nodes are replaced while the cluster runs. fleet-stop: only with the compute fleet stopped. login-count-0:
   * only while the login pool has no nodes. impossible: update-cluster refuses. stack-update, next-build: with the next
   * stack update or image build. unknown: whatever reads the file decides.
   */
  effect: 'live' | 'fleet-stop' | 'login-count-0' | 'impossible' | 'stack-update' | 'next-build' | 'unknown';
  text: string;
}

export interface RunResult {
  run: string;
  sandbox: boolean;
  images: ImageEntry[];
  parameters: ParameterEntry[];
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
}
