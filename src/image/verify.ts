/** Owns the verify list of an image: at least one row for each of its steps, so that a step that did nothing shows. */
import type { Templates } from '../text/templates.ts';
import type { ImageParts } from './parts.ts';
import { renderRow } from './script.ts';
import type { VerifyRow } from './step.ts';

/**
 * The rows in the order of the steps they check, then ParallelCluster's own mark, then what the user expects.
 * @throws BakeError TEMPLATE_VALUE
 */
export function verifyRows({ rows }: ImageParts, templates: Templates): VerifyRow[] {
  return rows.map((draft) => renderRow(draft, templates));
}
