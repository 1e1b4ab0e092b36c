/** Owns the steps of an image: a pure function from what was read to scripts in their order. */
import type { Templates } from '../text/templates.ts';
import type { ImageParts } from './parts.ts';
import { renderStep } from './script.ts';
import type { Step } from './step.ts';

/**
 * The steps of a recipe, each id once. A built-in without anything to do (no mirrors, no certificates) has none.
 * @throws BakeError TEMPLATE_VALUE
 */
export function imageSteps({ steps }: ImageParts, templates: Templates): Step[] {
  return steps.map((draft) => renderStep(draft, templates));
}
