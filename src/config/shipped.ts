/** Finds the recipes and the lists of expectations that the package ships: a bare name means a file of its recipes/. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import { nearest } from '../util/nearest.ts';
import { packagePath } from '../util/package-path.ts';

const FOLDERS = { recipe: ['recipes'], expect: ['recipes', 'expect'] } as const;

export type ShippedKind = keyof typeof FOLDERS;

/** A name without a slash and without an extension. Everything else is a path. */
export function isBareName(named: string): boolean {
  return /^[^./]+$/.test(named);
}

/** The bare names of everything of this kind that is shipped, sorted. */
export function shippedNames(kind: ShippedKind): string[] {
  return readdirSync(packagePath(...FOLDERS[kind]))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/**
 * Absolute path of a shipped file.
 * @throws BakeError SHIPPED_UNKNOWN, with the place where the name stands
 */
export function shippedFile(kind: ShippedKind, name: string, place?: FilePlace): string {
  const known = shippedNames(kind);
  if (!known.includes(name)) {
    throw new BakeError('SHIPPED_UNKNOWN', { kind, name, known, near: nearest(name, known) }, { place });
  }
  return packagePath(...FOLDERS[kind], `${name}.yaml`);
}

/** The folder that paths in a shipped recipe start from. Paths in a recipe of the user start from bakery.yaml's folder. */
export function shippedFolder(): string {
  return packagePath(...FOLDERS.recipe);
}

/**
 * How a recipe is named in tags, provenance and messages: a shipped one by its bare name, a file by its path from
 * bakery.yaml's folder. The name never depends on where the package or the project lies.
 */
export function recipeName(named: string, folder: string): string {
  if (isBareName(named)) return named;
  const relative = path.relative(folder, path.resolve(folder, named));
  return isBareName(relative) ? `./${relative}` : relative;
}
