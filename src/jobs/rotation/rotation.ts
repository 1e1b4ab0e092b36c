/** The result of a rotation, whatever its source, for the code that shows or proposes it. */
import path from 'node:path';
import type { BakeError } from '../../errors/bake-error.ts';
import type { RotatedEntry, UnresolvedEntry, UpdateEntry } from '../../entries/result.ts';
import { relativeErrors } from '../../pipeline/report.ts';
import type { FilePlan } from '../consent.ts';
import type { Edit } from '../../rotate/format.ts';
import type { ImageFacts } from '../../rotate/obstacles.ts';

/** The file with the text for a pull request that a person opens by hand. */
export const PULL_REQUEST_TEXT = path.join('.bakery', 'pull-request.md');

export interface Rotation extends FilePlan {
  /** The source of the new ids: `channel stable`, `--map`. */
  source: string;
  /** File names are relative to the current folder. */
  rotated: RotatedEntry[];
  unresolved: UnresolvedEntry[];
  updates: UpdateEntry[];
  /** The edits that were or would be written; file names are absolute. */
  edits: readonly Edit[];
  /** The images according to EC2, by id; empty if EC2 was not asked. */
  images: ReadonlyMap<string, ImageFacts>;
  /** The errors of files that were not changed. */
  errors: BakeError[];
}

/** Makes file names relative, and removes the entries of files that failed. */
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
