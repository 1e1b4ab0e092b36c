/** Renders the steps of an image: a pure function from the inputs to scripts in order. */
import type { Templates } from '../text/templates.ts';
import type { ImageParts } from './parts.ts';
import { renderStep } from './script.ts';
import type { Step } from './step.ts';

/**
 * The steps of a recipe, with unique ids. A built-in that has nothing to do (no mirrors, no certificates) has no steps.
 * @throws BakeError TEMPLATE_VALUE
 */
export function imageSteps({ steps }: ImageParts, templates: Templates): Step[] {
  return steps.map((draft) => renderStep(draft, templates));
}
