/**
 * Reads and checks the project, which is bakery.yaml with all files that it names, before the first call to AWS. It reports
 * all findings at once.
 */
import path from 'node:path';
import { loadBakery, type Located } from '../config/load.ts';
import { recipeName } from '../config/shipped.ts';
import type { Recipe } from '../config/recipe-schema.ts';
import type { Bakery, BakeryTarget } from '../config/schema.ts';
import {
  BakeError,
  collectErrors,
  errorsOf,
  locate,
  type FilePlace,
  throwAll,
} from '../errors/bake-error.ts';
import type { Engines } from '../engines/engine.ts';
import { engines as shippedEngines } from '../engines/index.ts';
import { carriedBy, engineSettingsOf } from '../engines/registry.ts';
import { assetsFor } from '../image/assets.ts';
import { imageParts, type ImageParts } from '../image/parts.ts';
import { targetLabel, type Target } from '../os/target.ts';
import { keyFinding } from '../publish/share.ts';
import { loadTemplates, type Templates } from '../text/templates.ts';
import { familiesOf } from '../os/family.ts';
import { walk, type Candidate } from '../rotate/walk.ts';
import { fileInTheWay } from '../store/folder.ts';
import { readLocation } from '../config/location.ts';
import type { NamedScript } from './script-syntax.ts';
import { repositoryErrors, warningsOf, type Warning } from './warnings.ts';
import { digests, Inputs, type RecipeInputs } from './inputs.ts';
import { selectTargets, type Selection } from './selection.ts';
import type { Job, PublishSettings, RotateSettings } from './world.ts';

export interface Project {
  bakery: Located<Bakery>;
  jobs: Job[];
  rotate: RotateSettings;
  /** The labels of targets that only the command line names. */
  unlisted: string[];
  /** The user's own scripts. */
  scripts: NamedScript[];
  /** Settings that are valid but probably a mistake. */
  warnings: Warning[];
}

/**
 * @param now decides whether certificates have expired
 * @param engines that targets can be baked with
 * @throws BakeError, BakeErrors: all findings at once
 */
export async function loadProject(
  file: string,
  selection: Selection,
  env: Readonly<Record<string, string | undefined>>,
  now: Date,
  engines: Engines = shippedEngines,
): Promise<Project> {
  const bakery = await loadBakery(file, env, engines);
  const errors: BakeError[] = [];
  const { targets, unlisted } = selectTargets(bakery, selection, errors);
  const unread: BakeError[] = [];
  const inputs = new Inputs(bakery, now, unread);
  const templates = await loadTemplates();
  const jobs: Job[] = [];
  const refusals: BakeError[] = [];
  for (const { target, entry } of targets) {
    const named = selection.recipe ?? entry?.recipe ?? bakery.value.defaults.recipe;
    const recipe = recipeName(named, bakery.folder);
    const read = await inputs.forRecipe(recipe, recipePlace(bakery, selection, entry));
    if (!read) continue;
    const job = makeJob(bakery.value, selection, target, entry, recipe, read, templates, engines);
    const { parts, refusals: own } = partsOf(job, bakery, read.place);
    jobs.push({ ...job, parts });
    refusals.push(...own);
  }
  // Files are read at once, so their errors come in any order.
  errors.push(...unread.sort(byPlace));
  const rotate = await rotateSettings(bakery, selection, errors);
  errors.push(...(await storeErrors(bakery)));
  // Parts check only what could be read, so that no finding is reported twice.
  if (errors.length === 0) errors.push(...repositoryErrors(bakery, jobs), ...onlyOnce(refusals));
  throwAll(errors);
  return {
    bakery,
    jobs,
    rotate,
    unlisted,
    scripts: inputs.scripts,
    warnings: [...inputs.warnings, ...warningsOf(bakery, jobs)],
  };
}

function byPlace({ place: a }: BakeError, { place: b }: BakeError): number {
  if (a.file !== b.file) return (a.file ?? '') < (b.file ?? '') ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** A store whose folder is a file. */
async function storeErrors(bakery: Located<Bakery>): Promise<BakeError[]> {
  const { store } = bakery.value;
  const location = readLocation(store, bakery.folder);
  const file = location.kind === 'folder' ? await fileInTheWay(location.folder) : undefined;
  // The user did not name .bakery, so the first write reports what is wrong with it.
  if (file === undefined || path.relative(bakery.folder, file) === '.bakery') return [];
  const expected = 'a folder such as .bakery/store, or s3://BUCKET/PREFIX';
  const found = `${store}, where ${path.relative(bakery.folder, file)} is a file`;
  const place = bakery.place(['store']);
  return [new BakeError('CONFIG_VALUE', { path: 'store', expected, found }, { place })];
}

/** The parts of a job's image, and what they reject, each with its place in bakery.yaml or the recipe. */
function partsOf(
  job: Omit<Job, 'parts'>,
  bakery: Located<Bakery>,
  recipePlaceOf: Located<Recipe>['place'],
): { parts: ImageParts; refusals: BakeError[] } {
  const refusals: BakeError[] = [];
  const parts = collectErrors(() => imageParts(job.image), refusals) ?? { steps: [], rows: [] };
  const { share } = job.publish;
  const keyless = keyFinding(targetLabel(job.target), share, job.target.regions, job.kms);
  if (keyless) refusals.push(keyless);
  const placeOf = (at: readonly (string | number)[]) =>
    at[0] === 'steps' ? recipePlaceOf(at) : bakery.place(at);
  return { parts, refusals: refusals.map((error) => locate(error, placeOf)) };
}

/** Removes repeated findings, because targets share settings. */
function onlyOnce(errors: readonly BakeError[]): BakeError[] {
  const each = errors.map((error) => {
    const { file, line, column } = error.place;
    return [JSON.stringify([error.code, error.message, file, line, column]), error] as const;
  });
  return [...new Map(each).values()];
}

/** The place in bakery.yaml that names the recipe; none if the command line names it. */
function recipePlace(
  bakery: Located<Bakery>,
  selection: Selection,
  entry: BakeryTarget | undefined,
): FilePlace | undefined {
  if (selection.recipe !== undefined) return undefined;
  if (entry?.recipe === undefined) return bakery.place(['defaults', 'recipe']);
  return bakery.place(['targets', bakery.value.targets.indexOf(entry), 'recipe']);
}

function makeJob(
  bakery: Bakery,
  selection: Selection,
  target: Target,
  entry: BakeryTarget | undefined,
  recipe: string,
  inputs: RecipeInputs,
  templates: Templates,
  engines: Engines,
): Omit<Job, 'parts'> {
  const { builder } = bakery;
  const { os, arch, parallelcluster, regions } = target;
  const of = { ...inputs.image, os, arch, parallelcluster, regions };
  // Only the assets of this image: one of another architecture must not change the fingerprint.
  const image = { ...of, assets: assetsFor(of) };
  return {
    target,
    engine: selection.engine ?? entry?.engine ?? bakery.defaults.engine,
    settings: engineSettingsOf(engines, bakery, regions[0]),
    recipe,
    image,
    carried: { ...digests(image), ...carriedBy(engines, bakery) },
    builder: {
      instanceType: builder.instanceType ?? (target.arch === 'arm64' ? 'c6g.xlarge' : 'c5.xlarge'),
      instanceProfile: builder.instanceProfile,
      subnet: builder.subnet,
      securityGroups: builder.securityGroups,
      volumeSize: builder.volumeSize,
      kmsKey: builder.kms[target.regions[0]],
      tags: builder.tags,
    },
    kms: builder.kms,
    prefix: bakery.image.prefix,
    refresh: bakery.refresh,
    rebake: selection.rebake,
    publish: publishSettings(bakery, selection),
    templates,
  };
}

function publishSettings({ publish }: Bakery, selection: Selection): PublishSettings {
  const { parameter, protect, deprecateAfterDays, share } = publish;
  return {
    parameter,
    channel: selection.channel ?? publish.channel,
    protect,
    deprecateAfterDays: typeof deprecateAfterDays === 'number' ? deprecateAfterDays : null,
    share: { ...share, role: share.parameters?.role ?? null },
  };
}

async function rotateSettings(
  bakery: Located<Bakery>,
  selection: Selection,
  errors: BakeError[],
): Promise<RotateSettings> {
  const { rotate } = bakery.value;
  const { rotate: wish } = selection;
  const base = {
    folder: bakery.folder,
    channel: wish?.channel ?? rotate.channel,
    root: wish?.includeRoot ? 'rotate' : rotate.root,
    insertOverrides: wish?.insertOverrides ?? false,
    literal: wish?.literal ?? false,
    whole: wish !== undefined && namesNoTarget(selection),
    families: familiesOf(rotate.families),
  } as const;
  const [folder, names, what] =
    wish && wish.paths.length > 0
      ? ([wish.folder, wish.paths, 'FILES'] as const)
      : ([bakery.folder, rotate.paths, 'rotate.paths'] as const);
  return { ...base, files: await candidates(names, folder, what, errors) };
}

/** Absolute paths, so that the current folder does not matter. */
async function candidates(
  names: readonly string[],
  folder: string,
  what: 'FILES' | 'rotate.paths',
  errors: BakeError[],
): Promise<Candidate[]> {
  try {
    const found = await walk(names, folder, what);
    const files = [...found.files].map((one) => ({ ...one, file: path.resolve(folder, one.file) }));
    errors.push(...found.errors);
    return files;
  } catch (error) {
    errors.push(...errorsOf(error));
    return [];
  }
}

function namesNoTarget({ os, arch, parallelcluster, regions }: Selection): boolean {
  return os.length === 0 && arch === undefined && parallelcluster === undefined && regions.length === 0;
}
