/**
 * Decides what git ignores, by each .gitignore from the root of the repository down and by info/exclude. The last
 * matching pattern decides (gitignore documentation of git), so all patterns form one list, each bound to the folder of
 * its file.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** The rules for the entries of one folder. */
export interface Rules {
  leavesOut(name: string, isFolder: boolean): boolean;
  /** The rules for the entries of a subfolder. */
  below(name: string): Rules;
  /** These rules and the folder's own .gitignore. */
  within(own: OwnRules): Rules;
}

export interface OwnRules {
  /** The folder's absolute path. */
  at: string;
  hasIgnoreFile: boolean;
  /** The folder is a repository, so rules from above do not apply in it. */
  isRepository: boolean;
}

/**
 * The rules from the folders above a named folder. A folder that these rules ignore is read without them, because it
 * was named.
 */
export function rulesAbove(folder: string): Rules {
  const root = repositoryAbove(folder);
  if (root === undefined) return none;
  let rules = none.within(lookAt(root));
  let at = root;
  for (const name of path.relative(root, folder).split(path.sep)) {
    if (rules.leavesOut(name, true)) return none;
    at = path.join(at, name);
    rules = at === folder ? rules.below(name) : rules.below(name).within(lookAt(at));
  }
  return rules;
}

/** Returns a function that tells whether git ignores a file below the folder, or a folder around the file. */
export function ignoredBelow(folder: string): (file: string) => boolean {
  const known = new Map<string, Rules | 'ignored'>();
  const rulesOf = (at: string): Rules | 'ignored' => {
    const before = known.get(at);
    if (before) return before;
    const rules = rulesFor(at);
    known.set(at, rules);
    return rules;
  };
  const rulesFor = (at: string): Rules | 'ignored' => {
    const parent = path.dirname(at);
    if (at === folder || parent === at) return rulesAbove(at).within(lookAt(at));
    const above = rulesOf(parent);
    const name = path.basename(at);
    if (above === 'ignored' || above.leavesOut(name, true)) return 'ignored';
    return above.below(name).within(lookAt(at));
  };
  return (file) => {
    const rules = rulesOf(path.dirname(file));
    return rules === 'ignored' || rules.leavesOut(path.basename(file), false);
  };
}

/** The nearest repository above; undefined if there is none. */
function repositoryAbove(folder: string): string | undefined {
  const parent = path.dirname(folder);
  if (parent === folder) return undefined;
  return existsSync(path.join(parent, '.git')) ? parent : repositoryAbove(parent);
}

/** Finds the folder's own rules where its entries have not been read. */
function lookAt(at: string): OwnRules {
  const hasIgnoreFile = existsSync(path.join(at, '.gitignore'));
  return { at, hasIgnoreFile, isRepository: existsSync(path.join(at, '.git')) };
}

function rulesWith(patterns: Ignore | undefined, prefix: string): Rules {
  return {
    leavesOut: (name, isFolder) => patterns?.ignores(prefix + name + (isFolder ? '/' : '')) ?? false,
    below: (name) => (patterns === undefined ? none : rulesWith(patterns, `${prefix}${name}/`)),
    within(own) {
      if (own.isRepository) return rulesWith(withOwn(excludesOf(own.at), '', own), '');
      if (!own.hasIgnoreFile) return this;
      // Outside of a repository, patterns are relative to the first folder that has any.
      return patterns === undefined
        ? rulesWith(withOwn(undefined, '', own), '')
        : rulesWith(withOwn(patterns, prefix, own), prefix);
    },
  };
}

const none = rulesWith(undefined, '');

function withOwn(outer: Ignore | string | undefined, prefix: string, own: OwnRules): Ignore {
  const all = ignore({ ignorecase: false });
  if (outer !== undefined) all.add(outer);
  if (!own.hasIgnoreFile) return all;
  const lines = read(path.join(own.at, '.gitignore'))
    .replace(/^\u{feff}/u, '')
    .split(/\r?\n/);
  return all.add(lines.flatMap((line) => (prefix === '' ? [line] : prefixed(line, prefix))).map(ofFolders));
}

// In git, a pattern that ends in `/**/` matches folders only. The library matches files too.
function ofFolders(pattern: string): string {
  return pattern.replace(/\/\*\*\/\s*$/, '/**/*/');
}

/**
 * Rewrites a pattern of a subfolder as one of the folder above. A slash before its end binds a pattern to its folder.
 */
function prefixed(line: string, prefix: string): string[] {
  if (/^[!\s/]*$/.test(line) || line.startsWith('#')) return [];
  const negative = line.startsWith('!');
  const body = (negative ? line.slice(1) : line).replace(/^\\(?=[!#])/, '');
  const bound = /\/(?=.*\S)/.test(body);
  const folder = prefix.replace(/[\\*?[\]!]/g, '\\$&');
  return [`${negative ? '!' : ''}/${folder}${bound ? '' : '**/'}${body.replace(/^\//, '')}`];
}

/** Reads info/exclude of a repository. A linked worktree, whose .git is a file, uses that of its repository. */
function excludesOf(at: string): string {
  const git = path.join(at, '.git');
  if (statSync(git, { throwIfNoEntry: false })?.isDirectory()) return read(path.join(git, 'info', 'exclude'));
  const [, named] = /^gitdir: (.*)$/m.exec(read(git)) ?? [];
  if (named === undefined) return '';
  const own = path.resolve(at, named);
  const common = read(path.join(own, 'commondir')).trim();
  return read(path.join(common === '' ? own : path.resolve(own, common), 'info', 'exclude'));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
