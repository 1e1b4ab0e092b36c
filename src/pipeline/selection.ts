/** Selects the targets of a command from bakery.yaml and the command line. */
import type { Located } from '../config/load.ts';
import type { Bakery, BakeryTarget } from '../config/schema.ts';
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import { makeTarget, targetKey, targetLabel, type Target, type TargetFilePlaces } from '../os/target.ts';

/** The options that select targets; absent: bakery.yaml decides. */
export interface Selection {
  /** OS ids; empty: every target of bakery.yaml. */
  os: readonly string[];
  arch?: string | undefined;
  parallelcluster?: string | undefined;
  regions: readonly string[];
  engine?: string | undefined;
  recipe?: string | undefined;
  channel?: string | undefined;
  rebake: boolean;
  /** The options of rotation. */
  rotate?: RotateWish | undefined;
}

export interface RotateWish {
  /** Files, folders and patterns, relative to `folder`; empty: rotate.paths. */
  paths: readonly string[];
  folder: string;
  /** The channel to follow, instead of that of bakery.yaml. */
  channel?: string | undefined;
  includeRoot?: boolean;
  insertOverrides?: boolean;
  literal?: boolean;
}

export interface Selected {
  target: Target;
  /** The entry in bakery.yaml; absent for an OS that only the command line names. */
  entry: BakeryTarget | undefined;
}

/** Adds findings to `errors`. @returns the targets, and the labels of those that only the command line names */
export function selectTargets(
  bakery: Located<Bakery>,
  selection: Selection,
  errors: BakeError[],
): { targets: Selected[]; unlisted: string[] } {
  const { targets: entries, defaults } = bakery.value;
  const targets: Selected[] = [];
  const unlisted: string[] = [];

  for (const [index, entry] of entries.entries()) {
    if (selection.os.length > 0 && !selection.os.includes(entry.os)) continue;
    const listed = entry.arch === undefined ? [defaults.arch] : [entry.arch].flat();
    for (const arch of listed) {
      if (selection.arch === undefined || selection.arch === arch) add(entry.os, arch, entry, index);
    }
  }
  const known = new Set(targets.map(({ target }) => target.os.id));
  const failed = errors.length > 0;
  for (const os of new Set(selection.os)) {
    // An entry for another architecture of the OS has most of the settings.
    const index = entries.findIndex((entry) => entry.os === os);
    if (known.has(os) || (failed && index !== -1)) continue;
    const before = targets.length;
    add(os, selection.arch ?? defaults.arch, entries[index], index === -1 ? undefined : index);
    unlisted.push(...targets.slice(before).map(({ target }) => targetLabel(target)));
  }
  if (targets.length === 0 && errors.length === 0) {
    const wanted = selection.arch ?? 'at all';
    errors.push(new BakeError('TARGET_NOT_LISTED', { wanted, listed: entries.map((entry) => entry.os) }));
  }
  return { targets, unlisted };

  function add(os: string, arch: string, entry: BakeryTarget | undefined, index: number | undefined): void {
    const made = makeTarget({
      os,
      arch,
      parallelcluster: selection.parallelcluster ?? entry?.parallelcluster,
      base: entry?.base,
      regions: selection.regions.length > 0 ? selection.regions : (entry?.regions ?? defaults.regions),
      places: placesOf(bakery, selection, entry, index),
    });
    if ('errors' in made) {
      errors.push(...made.errors);
      return;
    }
    const twin = targets.some(({ target }) => targetKey(target) === targetKey(made.target));
    if (twin) {
      const place = index === undefined ? {} : { place: bakery.place(['targets', index]) };
      errors.push(new BakeError('TARGET_TWICE', { target: targetKey(made.target) }, place));
      return;
    }
    targets.push({ target: made.target, entry });
  }
}

/** The place of each part of a target in bakery.yaml; parts from the command line have none. */
function placesOf(
  bakery: Located<Bakery>,
  selection: Selection,
  entry: BakeryTarget | undefined,
  index: number | undefined,
): TargetFilePlaces {
  if (index === undefined) return {};
  const at = (...path: (string | number)[]): FilePlace => bakery.place(['targets', index, ...path]);
  const regions = entry?.regions === undefined ? bakery.place(['defaults', 'regions']) : at('regions');
  return {
    os: at('os'),
    arch:
      selection.arch === undefined
        ? entry?.arch === undefined
          ? bakery.place(['defaults', 'arch'])
          : at('arch')
        : undefined,
    parallelcluster:
      selection.parallelcluster === undefined && entry?.parallelcluster !== undefined
        ? at('parallelcluster')
        : undefined,
    regions: selection.regions.length === 0 ? regions : undefined,
  };
}
