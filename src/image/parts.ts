/** Puts the parts of an image in order: preflight first, then the recipe's steps, then the inventory, hygiene last. */
import type { Path } from '../config/path.ts';
import { type BakeError, collectErrors, throwAll } from '../errors/bake-error.ts';
import { assetsPart } from './assets.ts';
import { expectationRows, baselineRows } from './expectations.ts';
import { firstBootPart } from './first-boot/first-boot.ts';
import { joinProgramsPart } from './first-boot/join-programs.ts';
import { hygienePart } from './hygiene/hygiene.ts';
import { indexesPart } from './indexes/indexes.ts';
import { proxyPart } from './indexes/proxy.ts';
import type { Builtin, ImageInputs, RecipeStep } from './inputs.ts';
import { inventoryPart } from './inventory.ts';
import { libraryPart } from './library.ts';
import { mirrorsPart } from './mirrors/mirrors.ts';
import { preflightPart } from './mirrors/preflight.ts';
import { packagesPart } from './packages/packages.ts';
import { refused } from './refuse.ts';
import { withOwnIds, type ImagePart, type RowDraft, type StepDraft } from './script.ts';
import { casPart } from './trust/cas.ts';
import { trustPart } from './trust/trust.ts';
import { userScriptId, userScriptPart } from './user-script.ts';

const builtins: Record<Builtin, readonly ((inputs: ImageInputs) => ImagePart)[]> = {
  mirrors: [mirrorsPart, indexesPart, proxyPart],
  trust: [trustPart],
  assets: [assetsPart],
  hygiene: [hygienePart],
};

/** The steps and rows of an image, before templates render them to scripts. */
export interface ImageParts {
  steps: StepDraft[];
  rows: RowDraft[];
}

/**
 * Computed once for each target; scripts, rehearsals and node scripts are rendered from the result.
 * @throws BakeError CONFIG_VALUE if a built-in step or firstBoot occurs twice, and all errors of the parts at once,
 *   with paths in bakery.yaml and the recipe
 */
export function imageParts(inputs: ImageInputs): ImageParts {
  const errors = checkDuplicates(inputs.recipe);
  const named = withOwnIds(inputs.recipe.map((step) => ({ id: nameOf(step), step })));
  const parts = named.flatMap(({ id, step }, index) =>
    partsOf(step, { id, inputs, at: ['steps', index] }).map((make) => ({
      id,
      made: collectErrors(make, errors) ?? NOTHING,
    })),
  );
  const isLast = ({ id }: { id: string }) => id === 'hygiene';
  const ordered = [
    libraryPart(),
    casPart(inputs),
    // The mirrors part has already reported errors of the mirrors.
    errors.length > 0 ? NOTHING : preflightPart(inputs),
    ...parts.filter((part) => !isLast(part)).map(({ made }) => made),
    joinProgramsPart(inputs),
    inventoryPart(inputs),
    ...parts.filter(isLast).map(({ made }) => made),
  ];
  throwAll(errors);
  return {
    steps: withOwnIds(ordered.flatMap((part) => part.steps)),
    rows: withOwnIds([
      ...ordered.flatMap((part) => part.rows),
      ...baselineRows(inputs),
      ...expectationRows(inputs),
    ]),
  };
}

const NOTHING: ImagePart = { steps: [], rows: [] };

function partsOf(
  step: RecipeStep,
  { id, inputs, at }: { id: string; inputs: ImageInputs; at: Path },
): (() => ImagePart)[] {
  if ('use' in step) return builtins[step.use].map((part) => () => part(inputs));
  if ('script' in step) return [() => userScriptPart(step.script, id)];
  if ('packages' in step) return [() => packagesPart(step.packages, inputs, id, at)];
  return [() => firstBootPart(step.firstBoot, inputs)];
}

function nameOf(step: RecipeStep): string {
  if ('use' in step) return step.use;
  if ('script' in step) return userScriptId(step.script.name);
  return 'packages' in step ? 'packages' : 'first-boot';
}

function checkDuplicates(recipe: readonly RecipeStep[]): BakeError[] {
  const names = recipe.map(nameOf);
  return names.flatMap((name, index) => {
    if (name !== 'first-boot' && !(name in builtins)) return [];
    if (names.indexOf(name) === index) return [];
    return [refused(['steps', index], 'each built-in step once', `${name} twice`)];
  });
}
