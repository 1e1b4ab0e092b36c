/** Reads the family of each id from the image names in the comments beside it. Pure. */
import { familyInName, type ImageFamily } from '../os/family.ts';
import type { FileFindings } from './format.ts';

/** If two comments disagree about an id, neither of them counts. */
export function commentFamilies(found: readonly FileFindings[]): Map<string, ImageFamily> {
  const byId = new Map<string, ImageFamily | undefined>();
  for (const { references } of found) {
    for (const { id, comment } of references) {
      const family = comment && familyInName(comment.text);
      if (!family) continue;
      const known = byId.has(id) ? byId.get(id) : family;
      byId.set(id, known && JSON.stringify(known) === JSON.stringify(family) ? family : undefined);
    }
  }
  return new Map([...byId].flatMap(([id, family]) => (family ? [[id, family]] : [])));
}
