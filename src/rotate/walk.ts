/**
 * Owns which files a rotation looks at: files by name, folders with all below them, patterns. What git ignores is left
 * out, and so are hidden folders and node_modules, unless they are named.
 */
import { readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { isDynamicPattern } from 'tinyglobby';
import { expandGlobs } from '../config/globs.ts';
import { BakeError } from '../errors/bake-error.ts';
import { compareText } from '../util/compare.ts';
import { fileError } from '../util/file-error.ts';
import { ignoredBelow, type Rules, rulesAbove } from './ignored.ts';
import { isTemporary } from './replace.ts';

export interface Candidate {
  /** As it was named, or below a folder as that was named, with `/`: relative to the walk's folder, or absolute. */
  file: string;
  /** By its own name: what is wrong with it is told; of others, what is no text is passed over. */
  named: boolean;
}

export interface Walk {
  /** To be read once. A folder's entries come in code unit order. */
  files: Iterable<Candidate>;
  /** FILE_MISSING, FILE_UNREADABLE; complete when `files` has been read to its end. */
  errors: BakeError[];
}

/**
 * Files that the names stand for, each once however many lead to it. Symbolic links are followed where they are named;
 * in a folder they are not: what one leads to is found there by itself, or is none of the folder's.
 * @param names files, folders, patterns (`clusters/**\/*.yaml`; `!pattern` takes away from what patterns matched)
 * @param folder absolute; what the names are relative to
 * @param what who names them, for errors: FILES of the command line, where a pattern without a match is one, too
 */
export async function walk(
  names: readonly string[],
  folder: string,
  what: 'FILES' | 'rotate.paths' = 'FILES',
): Promise<Walk> {
  const around: Around = { once: names.length > 1 ? new Set() : undefined, what, errors: [] };
  const plain: Named[] = [];
  const patterns: string[] = [];
  for (const name of names) {
    const kind = kindOf(path.resolve(folder, name));
    if (kind === NONE && isDynamicPattern(name)) patterns.push(name);
    else plain.push({ name: slashed(name), at: path.resolve(folder, name), kind });
  }
  const matched = patterns.length === 0 ? [] : await expandGlobs(folder, patterns);
  if (what === 'FILES' && patterns.length > 0 && matched.length === 0) {
    around.errors.push(unusable(patterns.join(' '), NONE, what));
  }
  return { files: candidates(around, plain, fromPatterns(matched, patterns, folder)), errors: around.errors };
}

interface Around {
  /** Real paths seen; not kept where only one name was given, for then nothing can come twice. */
  once: Set<string> | undefined;
  what: string;
  errors: BakeError[];
}

interface Named {
  name: string;
  at: string;
  kind: string;
}

function* candidates(
  around: Around,
  named: readonly Named[],
  matched: Iterable<{ file: string; at: string }>,
): Generator<Candidate> {
  for (const { name, at, kind } of named) {
    if (kind === 'folder')
      yield* below({ at: realpathSync(at), prefix: prefixOf(name) }, rulesAbove(at), around);
    else if (kind !== 'file') around.errors.push(unusable(name, kind, around.what));
    else if (isNew(at, around)) yield { file: name, named: true };
  }
  for (const { file, at } of matched) if (isNew(at, around)) yield { file, named: false };
}

interface Folder {
  at: string;
  /** What its entries' names begin with. */
  prefix: string;
}

function* below({ at, prefix }: Folder, above: Rules, around: Around): Generator<Candidate> {
  const { once } = around;
  const entries = entriesOf(at, prefix, around);
  const has = (name: string): boolean => entries.some((entry) => entry.name === name);
  const rules = above.within({ at, hasIgnoreFile: has('.gitignore'), isRepository: has('.git') });
  for (const entry of entries) {
    const { name } = entry;
    if (entry.isDirectory()) {
      if (name.startsWith('.') || name === 'node_modules' || rules.leavesOut(name, true)) continue;
      const inner = { at: `${at}/${name}`, prefix: `${prefix}${name}/` };
      yield* below(inner, rules.below(name), around);
    } else if (entry.isFile() && name !== '.git' && !isTemporary(name) && !rules.leavesOut(name, false)) {
      // No link is on the way here: this path is the real one.
      if (once?.has(`${at}/${name}`)) continue;
      once?.add(`${at}/${name}`);
      yield { file: prefix + name, named: false };
    }
  }
}

function entriesOf(at: string, prefix: string, { errors, what }: Around): Dirent[] {
  try {
    return readdirSync(at, { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  } catch (error) {
    errors.push(unusable(prefix === '' ? at : prefix, fileError(error).message, what));
    return [];
  }
}

/** A pattern finds what a walk would: node_modules only where it is spelled out, what git ignores not at all. */
function* fromPatterns(
  matched: readonly string[],
  patterns: readonly string[],
  folder: string,
): Generator<{ file: string; at: string }> {
  const isIgnored = ignoredBelow(folder);
  const spelled = patterns.some((pattern) => pattern.includes('node_modules'));
  for (const file of matched) {
    const at = path.resolve(folder, file);
    if (isTemporary(path.basename(at)) || isIgnored(at)) continue;
    if (spelled || !/(^|\/)node_modules\//.test(file)) yield { file, at };
  }
}

function isNew(at: string, { once }: Around): boolean {
  if (once === undefined) return true;
  const real = realOf(at);
  if (once.has(real)) return false;
  once.add(real);
  return true;
}

/** Its own name where it has vanished meanwhile: whoever reads it says so. */
function realOf(at: string): string {
  try {
    return realpathSync(at);
  } catch {
    return at;
  }
}

/** 'file', 'folder', or why it is neither. */
function kindOf(at: string): string {
  try {
    const stat = statSync(at, { throwIfNoEntry: false });
    if (!stat) return NONE;
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? 'file' : 'it is no regular file';
  } catch (error) {
    const { code, message } = fileError(error);
    return code === 'ENOTDIR' ? NONE : message;
  }
}

const NONE = 'there is none';

function unusable(name: string, reason: string, what: string): BakeError {
  const more = { place: { file: name } };
  if (reason === NONE) return new BakeError('FILE_MISSING', { path: name, what }, more);
  return new BakeError('FILE_UNREADABLE', { path: name, reason }, more);
}

function slashed(name: string): string {
  return path.normalize(name).split(path.sep).join('/');
}

/** `.` is left out of names. */
function prefixOf(name: string): string {
  if (name === '.' || name === './') return '';
  return name.endsWith('/') ? name : `${name}/`;
}
