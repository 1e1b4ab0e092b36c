/** Renders the steps of an image: a pure function from the inputs to scripts in order. */
import type { Templates } from '../text/templates.ts';
import type { ImageInputs } from './inputs.ts';
import { imageParts } from './parts.ts';
import { renderStep } from './script.ts';
import type { Step } from './step.ts';

/**
 * The steps of a recipe, with unique ids. A built-in that has nothing to do (no mirrors, no certificates) has no steps.
 * @throws BakeError CONFIG_VALUE, MIRROR_LAYOUT, MIRROR_CREDENTIALS, ASSET_DIGEST, TEMPLATE_VALUE
 */
export function imageSteps(inputs: ImageInputs, templates: Templates): Step[] {
  return imageParts(inputs).steps.map((draft) => renderStep(draft, templates));
}
