/**
 * Owns what git ignores: .gitignore from the repository's root down, and its info/exclude. The last pattern that
 * matches decides (git's documentation of gitignore), so all are one list, each below the folder it was written in.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** The rules for what is in one folder. */
export interface Rules {
  leavesOut(name: string, isFolder: boolean): boolean;
  /** The same for a folder in it. */
  below(name: string): Rules;
  /** With what the folder brings itself. */
  within(own: OwnRules): Rules;
}

export interface OwnRules {
  /** The folder's absolute path. */
  at: string;
  hasIgnoreFile: boolean;
  /** It is a repository: what is above does not count in it. */
  isRepository: boolean;
}

/** What counts in a folder that was named, by those above it; nothing where they ignore the folder itself. */
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

/** Whether git ignores a file below the folder, or a folder that it is in. */
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

/** The nearest folder above that is a repository; undefined: none. */
function repositoryAbove(folder: string): string | undefined {
  const parent = path.dirname(folder);
  if (parent === folder) return undefined;
  return existsSync(path.join(parent, '.git')) ? parent : repositoryAbove(parent);
}

/** For a folder whose entries nobody has read yet. */
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
      // Outside of repositories, patterns count from where the first of them stands.
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

// A pattern that ends in two stars and a slash means folders below; the library takes files for one, too.
function ofFolders(pattern: string): string {
  return pattern.replace(/\/\*\*\/\s*$/, '/**/*/');
}

/** A pattern of a folder below, as one of the folder above: with a slash before its end it is bound to its folder. */
function prefixed(line: string, prefix: string): string[] {
  if (/^[!\s/]*$/.test(line) || line.startsWith('#')) return [];
  const negative = line.startsWith('!');
  const body = (negative ? line.slice(1) : line).replace(/^\\(?=[!#])/, '');
  const bound = /\/(?=.*\S)/.test(body);
  const folder = prefix.replace(/[\\*?[\]!]/g, '\\$&');
  return [`${negative ? '!' : ''}/${folder}${bound ? '' : '**/'}${body.replace(/^\//, '')}`];
}

/** info/exclude of a repository, of a linked worktree (whose .git is a file) that of the repository it belongs to. */
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
