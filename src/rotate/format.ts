/**
 * Owns what rotation works with. It goes find → decide → splice: a format finds AMI references in a file's bytes, the
 * plan is decided purely, and only the bytes of the ids are replaced. Nothing is ever printed anew from a parsed tree:
 * that loses CR LF, byte order marks, leading zeros and placeholders (facts/rotation-pool.md 1.5).
 */
import type { BakeError } from '../errors/bake-error.ts';
import type { ClusterFacts } from '../cluster/facts.ts';
import type { ReferenceScope, UnresolvedEntry } from '../entries/result.ts';

/** How the id is written: without quotes, in quotes, or in a block (`>-`). */
export type Quote = 'plain' | 'single' | 'double' | 'block';

/** A range of bytes and what it holds. */
export interface Span {
  start: number;
  end: number;
  text: string;
}

/** An AMI id written out at a place that something reads. */
export interface Reference {
  file: string;
  /** 1-based; the column counts characters. */
  line: number;
  column: number;
  /** `Scheduling.SlurmQueues[0].Image.CustomAmi` */
  path: string;
  scope: ReferenceScope;
  id: string;
  /** Byte offsets of the id itself. */
  start: number;
  end: number;
  quote: Quote;
  /** How many places share it through a YAML alias or merge key, itself included. */
  users: number;
  /** The comment behind it on its line, without its `#` or `//`: often the image's name and date. */
  comment?: Span | undefined;
  /** What the config around it says about itself; a mapping's key may name the Region. */
  region?: string | undefined;
  os?: string | undefined;
  /** The ParallelCluster release, where the file says it (a provider template's address). */
  parallelcluster?: string | undefined;
  /** `LocalStorage.RootVolume.Size` beside it, in GiB: an image with a larger root volume is refused there. */
  rootVolumeGiB?: number | undefined;
  /** Instance types written beside it: they have one architecture. */
  instanceTypes?: readonly string[] | undefined;
}

/** A queue that takes the root's image because it has none of its own, and where one can be written. */
export interface Opening {
  file: string;
  line: number;
  column: number;
  /** Of the override: `Scheduling.SlurmQueues[0].Image.CustomAmi`. */
  path: string;
  /** Byte offset; what is inserted is `before`, the id, `after`: in the file's own indent, quotes and line ends. */
  start: number;
  before: string;
  after: string;
  /** The id it takes now, by inheritance. */
  inherits: string;
  region?: string | undefined;
  os?: string | undefined;
  rootVolumeGiB?: number | undefined;
  instanceTypes?: readonly string[] | undefined;
}

export interface Found {
  file: string;
  references: Reference[];
  /** References that hold no AMI id: placeholders, functions, templates. */
  indirect: UnresolvedEntry[];
  /** Queues without an image of their own, below a root that has one. */
  openings: Opening[];
  /** Of the file's first document. */
  cluster: ClusterFacts;
  errors: BakeError[];
  /** Of the bytes it was found in, set by scan.ts: applyAll() refuses a file that has others by then. */
  stamp?: string | undefined;
}

/** A kind of file that holds AMI references. One file in formats/, one line in formats/index.ts. */
export interface Format {
  /** Its file name in formats/, without ending. */
  id: string;
  /** Whether this format reads a file of this name, or with these first bytes. */
  reads(file: string, bytes: Buffer): boolean;
  /** Pure; never throws, whatever the bytes. */
  find(file: string, bytes: Buffer): Found;
  /**
   * The file's whole content as a list of parts, one per value, key, tag, anchor and trouble, each with its path and
   * made by part() of page.ts: two files with equal lists mean the same. Pure; never throws.
   */
  content(bytes: Buffer): string[];
  /** Both contents, where parts that are in both may be left out. Missing: content() of each. */
  changes?(before: Buffer, after: Buffer): [string[], string[]];
}

/** Bytes that are replaced. */
export interface Edit {
  /** An id; the words of a comment beside one; or a queue's own image, written where there was none. */
  kind: 'id' | 'comment' | 'insert';
  file: string;
  /** Of the reference or the opening. */
  path: string;
  /** Byte offsets; an insertion is empty. */
  start: number;
  end: number;
  /** What stands there now, as latin1 text; '' for an insertion. */
  from: string;
  to: string;
}
