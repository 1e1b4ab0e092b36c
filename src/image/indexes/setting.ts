/** The shape of a tool's setting: the lines bake writes into its configuration, and the keys no other file may set. */
import type { RowDraft } from '../script.ts';

/** Id of the step that writes the files of all tools. */
export const INDEXES_STEP = 'indexes';

/**
 * The format of a file. `ini` is Python's configparser (pip), `tail` is a program whose last assignment counts (R),
 * `whole` is a file that bake writes completely.
 */
export type Form = 'ini' | 'npmrc' | 'yaml' | 'toml' | 'git' | 'tail' | 'whole';

export interface Setting {
  form: Form;
  /** Keys that only our lines may set; for git also the prefixes that insteadOf replaces. */
  keys: readonly string[];
  /** Shell patterns of files that may set none of the keys; `@` is the home of every user. */
  beside: readonly string[];
  /** Files that get our lines; the step creates them if they do not exist. */
  own: readonly string[];
  /** Further files that get our lines if a path exists: `folder pattern|path that must exist|file to write`. */
  found: readonly string[];
  /** Our lines; for a `whole` file, its complete text. */
  lines: readonly string[];
}

/** What bake configures for one tool. */
export interface ToolPlan {
  name: string;
  settings: Setting[];
  /** Environment variables that would override the files; the step renames them. */
  variables: readonly string[];
  row: RowDraft;
}

export function setting(form: Form, parts: Partial<Omit<Setting, 'form'>>): Setting {
  return { form, keys: [], beside: [], own: [], found: [], lines: [], ...parts };
}

/** A file that bake writes completely. */
export function wholeFile(path: string, lines: readonly string[]): Setting {
  return setting('whole', { own: [path], lines });
}
