/** Reads files and finds their references. It runs on any thread; callers use pool.ts. */
import fs from 'node:fs';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { fileError } from '../util/file-error.ts';
import type { readReferences } from './find.ts';
import type { FileFindings } from './format.ts';
import { glance, type GlanceSettings } from './glance.ts';
import { LARGEST, readUpTo, TOO_LARGE } from './read.ts';
import { stampOf } from './stamp.ts';
import type { Candidate } from './walk.ts';

export interface ScanSettings extends GlanceSettings {
  /**
   * Whether all openings are wanted. Otherwise one is kept for each id that queues inherit, because a config can have a
   * hundred.
   */
  openings?: boolean | undefined;
  /** Absolute. File names are relative to it. */
  folder: string;
}

export interface Scanned {
  /** The findings of the files that contain any, in the order of the files. */
  found: FileFindings[];
  /** FILE_MISSING, FILE_UNREADABLE: one for each file that could not be read. */
  errors: BakeError[];
}

const OPEN = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;

/**
 * Reads each file. A file that glance() settles is not parsed, and the formats are loaded with the first file that must
 * be parsed.
 */
export async function scanFiles(
  files: readonly Candidate[],
  settings: ScanSettings,
  isStopped: () => boolean = () => false,
): Promise<Scanned> {
  const scanned: Scanned = { found: [], errors: [] };
  for (const candidate of files) {
    if (isStopped()) break;
    try {
      let found = foundIn(candidate, settings);
      if (found === 'formats are wanted') {
        finder = await import('./find.ts');
        // Read again, because other work has used the same memory meanwhile.
        found = foundIn(candidate, settings);
      }
      if (typeof found === 'object' && holdsSomething(found)) scanned.found.push(found);
    } catch (error) {
      scanned.errors.push(unreadable(candidate.file, error));
    }
  }
  return scanned;
}

/** Most runs find nothing to parse, and start sooner without the formats. */
let finder: { readReferences: typeof readReferences } | undefined;

/** Returns undefined if the file contains nothing, or is not text. */
function foundIn(
  { file, named }: Candidate,
  settings: ScanSettings,
): FileFindings | 'formats are wanted' | undefined {
  const bytes = read(path.isAbsolute(file) ? file : `${settings.folder}/${file}`);
  const what = glance(bytes, settings);
  if (what === 'binary' && named) throw new Error('it is not text');
  if (bytes.length > LARGEST && (named || what === 'read')) throw new Error(TOO_LARGE);
  if (what === 'nothing' || what === 'binary') return undefined;
  if (!finder) return 'formats are wanted';
  const scope = settings.openings ? 'all' : 'first';
  const found = finder.readReferences(file, bytes, { ...settings, named }, what, scope);
  const openings = settings.openings ? found.openings : firstOpenings(found);
  return { ...found, openings, stamp: stampOf(bytes) };
}

function firstOpenings({ openings }: FileFindings): FileFindings['openings'] {
  const first = new Map<string, FileFindings['openings'][number]>();
  for (const one of openings) if (!first.has(one.inherits)) first.set(one.inherits, one);
  return [...first.values()];
}

/** Returns the bytes, which are valid until the next call. */
function read(at: string): Buffer {
  const fd = fs.openSync(at, OPEN);
  try {
    return readUpTo(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function holdsSomething({ references, indirect, openings, errors, strays = [] }: FileFindings): boolean {
  return references.length + indirect.length + openings.length + errors.length + strays.length > 0;
}

function unreadable(file: string, error: unknown): BakeError {
  const { code, message } = fileError(error);
  const more = { place: { file }, cause: error };
  if (code === 'ENOENT') return new BakeError('FILE_MISSING', { path: file, what: 'rotate' }, more);
  return new BakeError('FILE_UNREADABLE', { path: file, reason: message }, more);
}
