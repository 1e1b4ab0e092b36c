/** Owns the order of an image's parts: the recipe's steps one after the other, each id once. */
import { BakeError } from '../errors/bake-error.ts';
import { assetsPart } from './assets.ts';
import { bootstrappedRow, expectationRows } from './expectations.ts';
import { hygienePart } from './hygiene.ts';
import type { Builtin, ImageInputs, RecipeStep } from './inputs.ts';
import { mirrorsPart } from './mirrors.ts';
import { withOwnIds, type Part, type RowDraft, type StepDraft } from './script.ts';
import { trustPart } from './trust.ts';
import { userScriptId, userScriptPart } from './user-script.ts';

const builtins: Record<Builtin, (inputs: ImageInputs) => Part> = {
  mirrors: mirrorsPart,
  trust: trustPart,
  assets: assetsPart,
  hygiene: hygienePart,
};

/** @throws BakeError CONFIG_VALUE where a built-in step is named twice, and what the parts throw */
export function imageParts(inputs: ImageInputs): { steps: StepDraft[]; rows: RowDraft[] } {
  refuseTwice(inputs.recipe);
  const scripts = withOwnIds(
    inputs.recipe.flatMap((step) => ('script' in step ? [{ id: userScriptId(step.script.name), step }] : [])),
  );
  const parts = inputs.recipe.map((step) => {
    if ('use' in step) return builtins[step.use](inputs);
    return userScriptPart(step.script, scripts.find((script) => script.step === step)?.id);
  });
  return {
    steps: withOwnIds(parts.flatMap((part) => part.steps)),
    rows: withOwnIds([
      ...parts.flatMap((part) => part.rows),
      bootstrappedRow(inputs),
      ...expectationRows(inputs),
    ]),
  };
}

function refuseTwice(recipe: readonly RecipeStep[]): void {
  const names = recipe.flatMap((step) => ('use' in step ? [step.use] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new BakeError('CONFIG_VALUE', {
    path: 'steps',
    expected: 'each built-in step once',
    found: `${twice} twice`,
  });
}
