/** Renders the verify list of an image: at least one row for each step, so that a step without effect is noticed. */
import type { Templates } from '../text/templates.ts';
import type { ImageInputs } from './inputs.ts';
import { imageParts } from './parts.ts';
import { renderRow } from './script.ts';
import type { VerifyRow } from './step.ts';

/**
 * The rows in the order of the steps that they check, then the rows of every image, then those of `expect`.
 * @throws BakeError CONFIG_VALUE, MIRROR_LAYOUT, MIRROR_CREDENTIALS, ASSET_DIGEST, TEMPLATE_VALUE
 */
export function verifyRows(inputs: ImageInputs, templates: Templates): VerifyRow[] {
  return imageParts(inputs).rows.map((draft) => renderRow(draft, templates));
}
