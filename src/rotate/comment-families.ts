/** Which family each id belongs to, by the image names in the comments beside it. Pure. */
import { familyInName, type ImageFamily } from '../os/family.ts';
import type { Found } from './format.ts';

/** Names in comments; where two comments differ about an id, neither counts. */
export function commentFamilies(found: readonly Found[]): Map<string, ImageFamily> {
  const told = new Map<string, ImageFamily | undefined>();
  for (const { references } of found) {
    for (const { id, comment } of references) {
      const family = comment && familyInName(comment.text);
      if (!family) continue;
      const known = told.has(id) ? told.get(id) : family;
      told.set(id, known && JSON.stringify(known) === JSON.stringify(family) ? family : undefined);
    }
  }
  return new Map([...told].flatMap(([id, family]) => (family ? [[id, family]] : [])));
}
