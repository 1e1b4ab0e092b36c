/** Owns the order of an image's parts: proof that the mirrors answer, the recipe's steps, the inventory, hygiene last. */
import { BakeError } from '../errors/bake-error.ts';
import { assetsPart } from './assets.ts';
import { expectationRows, standingRows } from './expectations.ts';
import { firstBootPart } from './first-boot/first-boot.ts';
import { hygienePart } from './hygiene/hygiene.ts';
import { indexesPart } from './indexes/indexes.ts';
import { proxyPart } from './indexes/proxy.ts';
import type { Builtin, ImageInputs, RecipeStep } from './inputs.ts';
import { inventoryPart } from './inventory.ts';
import { libraryPart } from './library.ts';
import { mirrorsPart } from './mirrors/mirrors.ts';
import { preflightPart } from './mirrors/preflight.ts';
import { packagesPart } from './packages/packages.ts';
import { withOwnIds, type Part, type RowDraft, type StepDraft } from './script.ts';
import { casPart } from './trust/cas.ts';
import { trustPart } from './trust/trust.ts';
import { userScriptId, userScriptPart } from './user-script.ts';

const builtins: Record<Builtin, readonly ((inputs: ImageInputs) => Part)[]> = {
  mirrors: [mirrorsPart, indexesPart, proxyPart],
  trust: [trustPart],
  assets: [assetsPart],
  hygiene: [hygienePart],
};

/** @throws BakeError CONFIG_VALUE where a built-in step or firstBoot is named twice, and what the parts throw */
export function imageParts(inputs: ImageInputs): { steps: StepDraft[]; rows: RowDraft[] } {
  refuseTwice(inputs.recipe);
  const named = withOwnIds(inputs.recipe.map((step) => ({ id: nameOf(step), step })));
  const parts = named.map(({ id, step }) => ({ id, parts: partsOf(step, id, inputs) }));
  const isLast = ({ id }: { id: string }) => id === 'hygiene';
  const ordered = [
    libraryPart(),
    casPart(inputs),
    preflightPart(inputs),
    ...parts.filter((part) => !isLast(part)).flatMap((part) => part.parts),
    inventoryPart(inputs),
    ...parts.filter(isLast).flatMap((part) => part.parts),
  ];
  return {
    steps: withOwnIds(ordered.flatMap((part) => part.steps)),
    rows: withOwnIds([
      ...ordered.flatMap((part) => part.rows),
      ...standingRows(inputs),
      ...expectationRows(inputs),
    ]),
  };
}

function partsOf(step: RecipeStep, id: string, inputs: ImageInputs): Part[] {
  if ('use' in step) return builtins[step.use].map((part) => part(inputs));
  if ('script' in step) return [userScriptPart(step.script, id)];
  if ('packages' in step) return [packagesPart(step.packages, inputs, id)];
  return [firstBootPart(step.firstBoot, inputs)];
}

function nameOf(step: RecipeStep): string {
  if ('use' in step) return step.use;
  if ('script' in step) return userScriptId(step.script.name);
  return 'packages' in step ? 'packages' : 'first-boot';
}

function refuseTwice(recipe: readonly RecipeStep[]): void {
  const names = recipe.map(nameOf).filter((name) => name === 'first-boot' || name in builtins);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new BakeError('CONFIG_VALUE', {
    path: 'steps',
    expected: 'each built-in step once',
    found: `${twice} twice`,
  });
}
