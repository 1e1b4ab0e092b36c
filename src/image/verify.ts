/** Owns the verify list of an image: at least one row for each of its steps, so that a step that did nothing shows. */
import type { Templates } from '../text/templates.ts';
import type { ImageInputs } from './inputs.ts';
import { imageParts } from './parts.ts';
import { renderRow } from './script.ts';
import type { VerifyRow } from './step.ts';

/**
 * The rows in the order of the steps they check, then ParallelCluster's own mark, then what the user expects.
 * @throws BakeError CONFIG_VALUE, MIRROR_LAYOUT, MIRROR_CREDENTIALS, ASSET_DIGEST, TEMPLATE_VALUE
 */
export function verifyRows(inputs: ImageInputs, templates: Templates): VerifyRow[] {
  return imageParts(inputs).rows.map((draft) => renderRow(draft, templates));
}
