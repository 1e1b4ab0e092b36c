/** Owns what a setting of a tool is: lines of ours in its configuration, and what must not be said beside them. */
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
