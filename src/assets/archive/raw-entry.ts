/** An entry as the tar and zip readers return it, before any check. */
import type { ArchiveEntry } from './check-entry.ts';

export interface RawEntry {
  entry: ArchiveEntry | { kind: 'other'; path: string; what: string };
  /** Read it to the end before the next entry, or not at all. */
  content: AsyncIterable<Buffer>;
}

/** Only folders and links have it. */
export async function* noContent(): AsyncGenerator<Buffer> {}

/** The bytes are no archive that bake can read; the message says why. */
export class ArchiveUnreadable extends Error {}
