/**
 * Finds the files that a rotation reads: named files, all files below named folders, and patterns. It skips what git
 * ignores, hidden folders (but not those of workflows) and node_modules, unless they are named.
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
  /**
   * The name as it was given, or below the name of its folder, with `/`. Relative to the walk's folder, or absolute.
   */
  file: string;
  /** The file itself was named, so problems with it are reported. Other files that are not text are skipped. */
  named: boolean;
}

export interface Walk {
  /** Can be read once. The entries of a folder are sorted by code unit. */
  files: Iterable<Candidate>;
  /** FILE_MISSING, FILE_UNREADABLE. Complete after `files` has been read to its end. */
  errors: BakeError[];
}

/**
 * Finds each file once, however many names lead to it. A symbolic link is followed if it was named, but not inside a
 * folder: its target is found there by itself, or does not belong to the folder.
 * @param names files, folders, patterns (`clusters/**\/*.yaml`; `!pattern` removes matches of other patterns)
 * @param folder absolute; the names are relative to it
 * @param what the source of the names, for errors; of FILES, a pattern without a match is an error too
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
  /** The real paths so far; undefined for a single name, which cannot lead to a file twice. */
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
  /** The beginning of the names of its entries. */
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
      const isHidden = name.startsWith('.') && !PIPELINES.has(name);
      if (isHidden || name === 'node_modules' || rules.leavesOut(name, true)) continue;
      const inner = { at: `${at}/${name}`, prefix: `${prefix}${name}/` };
      yield* below(inner, rules.below(name), around);
    } else if (entry.isFile() && name !== '.git' && !isTemporary(name) && !rules.leavesOut(name, false)) {
      // There is no symbolic link on the way here, so this is the real path.
      if (once?.has(`${at}/${name}`)) continue;
      once?.add(`${at}/${name}`);
      yield { file: prefix + name, named: false };
    }
  }
}

/** The hidden folders in which the workflows of a repository are. */
const PIPELINES = new Set(['.github', '.gitlab', '.circleci', '.buildkite', '.azuredevops', '.woodpecker']);

function entriesOf(at: string, prefix: string, { errors, what }: Around): Dirent[] {
  try {
    return readdirSync(at, { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  } catch (error) {
    errors.push(unusable(prefix === '' ? at : prefix, fileError(error).message, what));
    return [];
  }
}

/** A pattern finds what a walk would find: no ignored files, and node_modules only if the pattern contains it. */
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

/** The path itself if the file has vanished: the reader reports that. */
function realOf(at: string): string {
  try {
    return realpathSync(at);
  } catch {
    return at;
  }
}

/** Returns 'file', 'folder', or the reason why it is neither. */
function kindOf(at: string): string {
  try {
    const stat = statSync(at, { throwIfNoEntry: false });
    if (!stat) return NONE;
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? 'file' : 'it is not a regular file';
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

/** The name `.` adds nothing to the names of its entries. */
function prefixOf(name: string): string {
  if (name === '.' || name === './') return '';
  return name.endsWith('/') ? name : `${name}/`;
}
