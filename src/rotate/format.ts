/**
 * The types of rotation, which finds, decides and splices: a format finds AMI references in a file's bytes, decide.ts
 * plans the moves, and splice.ts replaces only the bytes of the ids. Rotation never prints a parsed tree, because that
 * loses CR LF, byte order marks, leading zeros and placeholders.
 */
import type { BakeError } from '../errors/bake-error.ts';
import type { ClusterFacts } from '../cluster/facts.ts';
import type { ReferenceScope, UnresolvedEntry } from '../entries/result.ts';

/** How the id is written: without quotes, in quotes, or in a block (`>-`). */
export type Quote = 'plain' | 'single' | 'double' | 'block';

/** A range of bytes and its text. */
export interface Span {
  start: number;
  end: number;
  text: string;
}

/** An AMI id at a place that a program reads. */
export interface Reference {
  file: string;
  /** 1-based. The column counts characters. */
  line: number;
  column: number;
  /** `Scheduling.SlurmQueues[0].Image.CustomAmi` */
  path: string;
  scope: ReferenceScope;
  id: string;
  /** The byte offsets of the id itself. */
  start: number;
  end: number;
  quote: Quote;
  /** The number of places that use it through YAML aliases or merge keys, including its own. */
  users: number;
  /** The comment after it on its line, without `#` or `//`. It often holds the image's name and date. */
  comment?: Span | undefined;
  /** Facts from the config around it. For example, the key of a mapping can name the Region. */
  region?: string | undefined;
  os?: string | undefined;
  /** The ParallelCluster release if the file names it (the address of a provider template does). */
  parallelcluster?: string | undefined;
  /**
   * `LocalStorage.RootVolume.Size` beside it, in GiB. ParallelCluster refuses an image with a larger root volume there.
   */
  rootVolumeGiB?: number | undefined;
  /** The instance types beside it, which have one architecture. */
  instanceTypes?: readonly string[] | undefined;
  /** The only ids that are valid here, if the file lists them: `AllowedValues` of a parameter, for example. */
  choices?: readonly string[] | undefined;
}

/** A queue that inherits the root's image, and the place where its own image can be written. */
export interface Opening {
  file: string;
  line: number;
  column: number;
  /** The path of the override: `Scheduling.SlurmQueues[0].Image.CustomAmi`. */
  path: string;
  /**
   * The byte offset. The insertion is `before`, the id, and `after`, in the file's own indent, quotes and line ends.
   */
  start: number;
  before: string;
  after: string;
  /** The id that the queue inherits now. */
  inherits: string;
  region?: string | undefined;
  os?: string | undefined;
  rootVolumeGiB?: number | undefined;
  instanceTypes?: readonly string[] | undefined;
}

export interface FileFindings {
  file: string;
  references: Reference[];
  /** Values that contain no AMI id (placeholders, functions, templates), and ids that are not certainly launched. */
  indirect: UnresolvedEntry[];
  /** The ids in `indirect` that literal mode leaves unchanged too. The offset counts bytes. */
  records?: RecordedId[] | undefined;
  /** The other ids in the file, outside of comments. decide.ts reports those of images that it knows. */
  strays?: StrayId[] | undefined;
  /** Queues without an image of their own below a root that has one. */
  openings: Opening[];
  /** Facts of the file's first document. */
  cluster: ClusterFacts;
  errors: BakeError[];
  /** The stamp of the bytes, set by scan.ts. applyAll() refuses a file whose stamp has changed. */
  stamp?: string | undefined;
}

/** An id in a record of images: a history, a deny list, a tag, a state file. */
export interface RecordedId {
  start: number;
  line: number;
  column: number;
}

/** An id at a place that no format edits. */
export interface StrayId {
  id: string;
  line: number;
  column: number;
  reason: string;
}

/** The openings to look for: all, or one for each root image. A config can have a hundred. */
export type OpeningScope = 'all' | 'first';

/** A kind of file that can contain AMI references: one file in formats/, and one line in formats/index.ts. */
export interface Format {
  /** Its file name in formats/, without extension. */
  id: string;
  /** Whether this format reads a file with this name, or with these first bytes. */
  reads(file: string, bytes: Buffer): boolean;
  /** Whether its files record what a program did, so that no mode changes them. */
  isState?: true;
  /** Pure; never throws, whatever the bytes are. */
  find(file: string, bytes: Buffer, scope?: OpeningScope): FileFindings;
  /**
   * The file's whole content as a list of parts, one for each value, key, tag, anchor and syntax error, each with its
   * path and made by part() of page.ts. Files with equal lists mean the same. Pure; never throws.
   */
  content(bytes: Buffer): string[];
  /** Both contents. Parts that both contain may be missing. Without this function, content() is called for each. */
  changes?(before: Buffer, after: Buffer): [string[], string[]];
  /**
   * Whether a file means the same as before edits except for the ids, decided from `after` alone. The caller ensures
   * that the bytes differ by the edits only. false: not proven; the contents must be compared. Pure; never throws.
   */
  changesOnlyIds?(after: Buffer, edits: readonly Omit<Edit, 'file'>[]): boolean;
}

/** A replacement of bytes. */
export interface Edit {
  /** An id; words of a comment beside an id; or a new image of a queue that had none. */
  kind: 'id' | 'comment' | 'insert';
  file: string;
  /** The path of the reference or the opening. */
  path: string;
  /** Byte offsets. The range of an insertion is empty. */
  start: number;
  end: number;
  /** The present text as latin1; '' for an insertion. */
  from: string;
  to: string;
}
