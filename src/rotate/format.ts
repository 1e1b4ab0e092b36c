/**
 * Owns what rotation works with. It goes find → decide → splice: a format finds AMI references in a file's bytes, the
 * plan is decided purely, and only the bytes of the ids are replaced. Nothing is ever printed anew from a parsed tree:
 * that loses CR LF, byte order marks, leading zeros and placeholders (facts/rotation-pool.md 1.5).
 */
import type { BakeError } from '../errors/bake-error.ts';
import type { Scope, UnresolvedEntry } from '../pipeline/result.ts';

/** An AMI id written out at a place that ParallelCluster reads. */
export interface Reference {
  file: string;
  /** 1-based; the column counts characters. */
  line: number;
  column: number;
  /** `Scheduling.SlurmQueues[0].Image.CustomAmi` */
  path: string;
  scope: Scope;
  id: string;
  /** Byte offsets of the id itself. */
  start: number;
  end: number;
  /** How many places share it through a YAML alias or merge key, itself included. */
  users: number;
  /** What the config around it says about itself. */
  region?: string | undefined;
  os?: string | undefined;
}

/** What a cluster config says about itself. */
export interface ClusterFacts {
  region?: string | undefined;
  os?: string | undefined;
}

export interface Found {
  file: string;
  references: Reference[];
  /** References that hold no AMI id: placeholders, functions, templates. */
  indirect: UnresolvedEntry[];
  /** Of the file's first document. */
  cluster: ClusterFacts;
  errors: BakeError[];
}

/** A kind of file that holds AMI references. One file in formats/, one line in formats/index.ts. */
export interface Format {
  /** Its file name in formats/, without ending. */
  id: string;
  /** Whether this format reads a file of this name. */
  reads(file: string): boolean;
  /** Pure; never throws, whatever the bytes. */
  find(file: string, bytes: Buffer): Found;
  /**
   * The file's whole content as a list of parts, one per value, key, tag, anchor and trouble: two files with equal
   * lists mean the same. Pure; never throws.
   */
  content(bytes: Buffer): string[];
}

/** Ids as ParallelCluster 3 takes them (its schema: 8 or 17 characters), in EC2's hexadecimal. */
export const amiId = /^ami-(?:[0-9a-f]{17}|[0-9a-f]{8})$/;

export interface Edit {
  file: string;
  /** Byte offsets. */
  start: number;
  end: number;
  from: string;
  to: string;
}
