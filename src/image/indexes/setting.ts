/** Owns what a setting of a tool is: lines of ours in its configuration, and what must not be said beside them. */
import { BakeError } from '../../errors/bake-error.ts';
import type { RowDraft } from '../script.ts';

/** Id of the step that writes the files of all tools. */
export const INDEXES_STEP = 'indexes';

/**
 * How a file is read. `ini` is Python's configparser (pip), `tail` a program of which only the last word counts (R),
 * `whole` a file that is all ours.
 */
export type Form = 'ini' | 'npmrc' | 'yaml' | 'toml' | 'git' | 'tail' | 'whole';

export interface Setting {
  form: Form;
  /** Keys that only our lines may set; for git also the beginnings of what insteadOf stands for. */
  keys: readonly string[];
  /** Shell patterns of files that may set none of the keys; `@` is the home of every user. */
  beside: readonly string[];
  /** Files that get our lines, and are made where they are not there. */
  own: readonly string[];
  /** Further files that get them, where something is found: `pattern|what is there|file beside it`. */
  found: readonly string[];
  /** Our lines; of a `whole` file all of them. */
  lines: readonly string[];
}

/** One tool that is told where to go. */
export interface ToolPlan {
  name: string;
  settings: Setting[];
  /** Environment variables that would overrule the files; switched off by another name. */
  variables: readonly string[];
  row: RowDraft;
}

export function setting(form: Form, parts: Partial<Omit<Setting, 'form'>>): Setting {
  return { form, keys: [], beside: [], own: [], found: [], lines: [], ...parts };
}

/** A file that is all ours. */
export function wholeFile(path: string, lines: readonly string[]): Setting {
  return setting('whole', { own: [path], lines });
}

/** Nothing that a configuration file, an INI comment or a shell would read as more than a part of the URL. */
const URL_TEXT = /^https?:\/\/[A-Za-z0-9._~:/@+,=%-]+$/;

/** @throws BakeError CONFIG_VALUE, MIRROR_CREDENTIALS */
export function checkedUrl(url: string, path: string): string {
  const expected = 'an https:// URL of letters, digits and . _ ~ : / @ + , = % -';
  if (!URL.canParse(url) || !URL_TEXT.test(url))
    throw new BakeError('CONFIG_VALUE', { path, expected, found: JSON.stringify(url) });
  const { username, password } = new URL(url);
  if (username || password)
    throw new BakeError('MIRROR_CREDENTIALS', { url: url.replace(/\/\/[^@]*@/, '//…@') });
  return url.replace(/\/+$/, '');
}

/** @throws BakeError CONFIG_VALUE */
export function checkedText(text: string, path: string, allowed: RegExp, expected: string): string {
  if (allowed.test(text)) return text;
  throw new BakeError('CONFIG_VALUE', { path, expected, found: JSON.stringify(text) });
}
