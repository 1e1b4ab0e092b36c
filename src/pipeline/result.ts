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

/** Where an AMI reference stands in a cluster config. */
export type Scope = 'root' | 'head' | 'queue' | 'login' | 'other';

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

export interface RunResult {
  run: string;
  sandbox: boolean;
  images: ImageEntry[];
  parameters: ParameterEntry[];
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
}
