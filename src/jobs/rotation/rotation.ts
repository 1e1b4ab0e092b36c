/** Owns what every way of rotating hands to those who show, write or propose it. */
import path from 'node:path';
import type { BakeError } from '../../errors/bake-error.ts';
import type { RotatedEntry, UnresolvedEntry, UpdateEntry } from '../../entries/result.ts';
import { relativeErrors } from '../../pipeline/report.ts';
import type { FilePlan } from '../consent.ts';
import type { Edit } from '../../rotate/format.ts';
import type { ImageFacts } from '../../rotate/obstacles.ts';

/** Where the text of a pull request waits that somebody opens by hand. */
export const PULL_REQUEST_TEXT = path.join('.bakery', 'pull-request.md');

export interface Rotation extends FilePlan {
  /** Where new ids come from: `channel stable`, `--map`. */
  source: string;
  /** File names as the user sees them, relative to where the command was typed. */
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
  updates: UpdateEntry[];
  /** What was written, or would be; absolute file names. */
  edits: readonly Edit[];
  /** What EC2 says of old and new images, by id; empty where it was not asked. */
  images: ReadonlyMap<string, ImageFacts>;
  /** Files that were left alone because something is wrong with them. */
  errors: BakeError[];
}

/** File names as the user sees them; what could not be done is no longer told as done. */
export function relativeTo(cwd: string, rotation: Rotation): Rotation {
  const { rotated, unresolved, updates, errors } = rotation;
  const lost = new Set(
    errors.flatMap(({ place }) => (place.file === undefined ? [] : [path.resolve(cwd, place.file)])),
  );
  const came = (entry: { file: string }): boolean => !lost.has(path.resolve(cwd, entry.file));
  const relative = <E extends { file: string }>(entry: E): E => ({
    ...entry,
    file: path.relative(cwd, entry.file),
  });
  return {
    ...rotation,
    rotated: rotated.filter(came).map(relative),
    updates: updates.filter(came).map(relative),
    unresolved: unresolved.map(relative),
    errors: relativeErrors(errors, cwd),
  };
}
