/** Expands the file patterns of the configuration: `certs/*.pem` → the files that match. */
import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { BakeError, type FilePlace, throwAll } from '../errors/bake-error.ts';

export interface PatternSource {
  /** The key that contains the patterns, for messages: `trust.certificates`. */
  what: string;
  place?: ((index: number) => FilePlace) | undefined;
}

/**
 * Returns the files that match, relative to the folder with `/` between parts, each once, sorted by code unit.
 * Wildcards match no hidden file or folder (`.git`, `.bakery`) unless the pattern contains the dot; `!pattern` excludes
 * files that wildcards matched.
 * @throws BakeError, BakeErrors: FILE_MISSING if a plain path does not exist, FILE_UNREADABLE if it is a folder
 */
export async function expandGlobs(
  folder: string,
  patterns: readonly string[],
  source: PatternSource = { what: 'a file that bakery.yaml names' },
): Promise<string[]> {
  const plain: string[] = [];
  const wild: string[] = [];
  const errors: BakeError[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const kind = await kindOf(resolve(folder, pattern));
    if (kind === 'file') plain.push(relativePath(folder, pattern));
    else if (isDynamicPattern(pattern)) wild.push(pattern);
    else errors.push(unusable(pattern, kind, source, index));
  }
  throwAll(errors);
  const options = { cwd: folder, onlyFiles: true, dot: false, expandDirectories: false };
  const matched = wild.length === 0 ? [] : await glob(wild, options);
  return [...new Set([...plain, ...matched])].sort();
}

/** An existing file has precedence over a pattern: `ca[1].pem` may be the name of a file. */
async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
}

function relativePath(folder: string, file: string): string {
  return relative(folder, resolve(folder, file)).split(sep).join('/');
}

function unusable(
  pattern: string,
  kind: 'folder' | 'nothing',
  { what, place }: PatternSource,
  index: number,
): BakeError {
  const more = { place: place?.(index) ?? {} };
  if (kind === 'nothing') return new BakeError('FILE_MISSING', { path: pattern, what }, more);
  return new BakeError(
    'FILE_UNREADABLE',
    { path: pattern, reason: 'it is a folder; expected a file or a pattern' },
    more,
  );
}
