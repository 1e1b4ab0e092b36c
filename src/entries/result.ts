/** What runs and plans print with --json. Scripts depend on these types, so they do not change. */

export interface ImageEntry {
  os: string;
  arch: string;
  region: string;
  parallelcluster: string;
  engine: string;
  baseImageId: string;
  /** null in a plan that would bake the image. */
  imageId: string | null;
  name: string;
  fingerprint: string;
  outcome: 'baked' | 'unchanged' | 'would-bake';
  /** `reasons` is present if checks were skipped. */
  verify: { passed: number; failed: number; skipped: number; reasons?: string[] };
}

export interface ParameterEntry {
  region: string;
  name: string;
  /** null in a plan whose image is not baked yet. */
  value: string | null;
  previous: string | null;
  /** The account of the parameter, if it is not our own (publish.share.parameters). */
  account?: string;
}

/**
 * Where an AMI reference is. root, head, queue, login: the four places in a cluster config. parent: the image that another
 * image is built from. parameter, mapping, launch-template: CloudFormation and Terraform. variable: a named value.
 * text: found in literal mode, without a known place. other: a place that nothing reads an image from.
 */
export type ReferenceScope =
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
  scope: ReferenceScope;
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

/** How a rotated reference takes effect; `bake rotate --json` lists these under `updates`. */
export interface UpdateEntry {
  file: string;
  line: number;
  path: string;
  scope: ReferenceScope;
  /**
   * live: nodes are replaced while the cluster runs. fleet-stop: only while the compute fleet is stopped. login-count-0:
   * only while the login pool has no nodes. impossible: update-cluster refuses the change. stack-update, next-build: with
   * the next stack update or image build. unknown: it depends on the program that reads the file.
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
