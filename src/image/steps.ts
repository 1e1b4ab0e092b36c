/** Owns the steps of an image: a pure function from what was read to scripts in their order. */
import type { Templates } from '../text/templates.ts';
import type { ImageInputs } from './inputs.ts';
import { imageParts } from './parts.ts';
import { renderStep } from './script.ts';
import type { Step } from './step.ts';

/**
 * The steps of a recipe, each id once. A built-in without anything to do (no mirrors, no certificates) has none.
 * @throws BakeError CONFIG_VALUE, MIRROR_LAYOUT, MIRROR_CREDENTIALS, ASSET_DIGEST, TEMPLATE_VALUE
 */
export function imageSteps(inputs: ImageInputs, templates: Templates): Step[] {
  return imageParts(inputs).steps.map((draft) => renderStep(draft, templates));
}
