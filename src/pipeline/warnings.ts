/** Warns, before anything is baked, of settings in bakery.yaml that no image of this command uses. */
import path from 'node:path';
import type { Located } from '../config/load.ts';
import type { Path } from '../config/path.ts';
import type { Bakery } from '../config/schema.ts';
import { BakeError, type FilePlace } from '../errors/bake-error.ts';
import type { Builtin, RecipeStep } from '../image/inputs.ts';
import { operatingSystems } from '../os/index.ts';
import type { Os } from '../os/os.ts';
import { nearest } from '../util/nearest.ts';
import type { Job } from './world.ts';

/** The fields of the event `warning`. */
export type Warning = { text: string } & Pick<FilePlace, 'file' | 'line' | 'column'>;

interface Use {
  /** The setting in bakery.yaml. */
  path: Path;
  /** The step that would use it. */
  step: string;
  isUsed(step: RecipeStep): boolean;
  otherwise: string;
}

const uses = (name: Builtin) => (step: RecipeStep) => 'use' in step && step.use === name;

const USES: readonly Use[] = [
  { path: ['mirrors'], step: 'mirrors', isUsed: uses('mirrors'), otherwise: 'its package managers keep the public repositories' },
  { path: ['proxy'], step: 'mirrors', isUsed: uses('mirrors'), otherwise: 'its programs do not use the proxy' },
  { path: ['trust', 'certificates'], step: 'trust', isUsed: uses('trust'), otherwise: 'the image does not trust these CAs' },
  { path: ['assets'], step: 'assets', isUsed: uses('assets'), otherwise: 'the image contains none of them' },
  {
    path: ['domain'],
    step: 'firstBoot: [joinDomain]',
    isUsed: (step) => 'firstBoot' in step && step.firstBoot.some((one) => 'use' in one),
    otherwise: 'its nodes join no domain',
  },
]; // prettier-ignore

/** All warnings of a project, each once, even if several targets share a recipe. */
export function warningsOf(bakery: Located<Bakery>, jobs: readonly Job[]): Warning[] {
  return [...unused(bakery, jobs), ...strangers(bakery, jobs), ...outside(bakery)];
}

/** Warns of paths outside the checkout, because no review and no pull request shows what was rotated there. */
function outside(bakery: Located<Bakery>): Warning[] {
  return bakery.value.rotate.paths.flatMap((pattern, index) => {
    const from = path.relative(bakery.folder, path.resolve(bakery.folder, pattern));
    if (pattern.startsWith('!') || !(from.startsWith('..') || path.isAbsolute(from))) return [];
    const text = `rotate.paths: ${pattern} points outside the folder of bakery.yaml: its files are rotated, too`;
    return [{ text, ...placeOf(bakery, ['rotate', 'paths', index]) }];
  });
}

function unused(bakery: Located<Bakery>, jobs: readonly Job[]): Warning[] {
  const recipes = new Map(jobs.map(({ recipe, image }) => [recipe, image]));
  return [...recipes].flatMap(([recipe, image]) =>
    USES.filter((use) => isWritten(bakery.value, use.path))
      .filter((use) => !image.recipe.some((step) => use.isUsed(step)))
      .map(({ path: at, step, otherwise }) => ({
        text: `${at.join('.')} is set, but the recipe ${recipe} has no step ${step}: ${otherwise}`,
        ...placeOf(bakery, at),
      })),
  );
}

function isWritten(bakery: Bakery, at: Path): boolean {
  let value: unknown = bakery;
  for (const key of at)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

// ── repository ids ────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Errors for ids below mirrors.repos that no OS has and that have no path. With a path, the id may be a repository of the
 * base image, which dnf and yum find by its id.
 */
export function repositoryErrors(bakery: Located<Bakery>, jobs: readonly Job[]): BakeError[] {
  const known = knownIds(jobs);
  return foreignIds(bakery.value)
    .filter((id) => bakery.value.mirrors?.repos[id]?.path === undefined)
    .map((id) => {
      const key = `mirrors.repos.${id}`;
      const place = bakery.placeOfKey(['mirrors', 'repos', id]);
      return new BakeError('CONFIG_KEY_UNKNOWN', { key, known, near: nearest(id, EVERY_ID) }, { place });
    });
}

function strangers(bakery: Located<Bakery>, jobs: readonly Job[]): Warning[] {
  const systems = systemsOf(jobs);
  return foreignIds(bakery.value).map((id) => {
    const near = nearest(id, EVERY_ID);
    const meaning = systems.some(({ family }) => family === 'rhel')
      ? 'bake expects it in your base image'
      : 'apt has no repository ids, so it has no effect';
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    return {
      text: `mirrors.repos.${id} is not a repository of ${systems.map((os) => os.id).join(', ')}: ${meaning}${meant}`,
      ...placeOf(bakery, ['mirrors', 'repos', id]),
    };
  });
}

/** All known ids, because one bakery.yaml may also configure OSes that are not baked now. */
const EVERY_ID = [...new Set(operatingSystems.flatMap((os) => os.repositories.map(({ id }) => id)))];

/** Ids that belong to no OS at all. An id of an OS that is not baked now is valid. */
function foreignIds({ mirrors }: Bakery): string[] {
  return Object.keys(mirrors?.repos ?? {}).filter(
    (id) => !operatingSystems.some((os) => os.repositories.some((one) => fits(one.id, id))),
  );
}

function fits(known: string, id: string): boolean {
  return known.endsWith('*') ? id.startsWith(known.slice(0, -1)) : known === id;
}

function systemsOf(jobs: readonly Job[]): Os[] {
  return [...new Set(jobs.map(({ target }) => target.os))];
}

function knownIds(jobs: readonly Job[]): string[] {
  return [...new Set(systemsOf(jobs).flatMap((os) => os.repositories.map(({ id }) => id)))];
}

function placeOf(bakery: Located<Bakery>, at: Path): Pick<FilePlace, 'file' | 'line' | 'column'> {
  const { file, line, column } = bakery.placeOfKey(at);
  return { file, line, column };
}
