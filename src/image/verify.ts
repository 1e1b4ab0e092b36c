/** Renders the verify list of an image: at least one row for each step, so that a step without effect is noticed. */
import type { Templates } from '../text/templates.ts';
import type { ImageParts } from './parts.ts';
import { renderRow } from './script.ts';
import type { VerifyRow } from './step.ts';

/**
 * The rows in the order of the steps that they check, then the rows of every image, then those of `expect`.
 * @throws BakeError TEMPLATE_VALUE
 */
export function verifyRows({ rows }: ImageParts, templates: Templates): VerifyRow[] {
  return rows.map((draft) => renderRow(draft, templates));
}
