/** A move as the user wrote it, and the error for a wrong one. */
import { BakeError, type FilePlace } from '../errors/bake-error.ts';

export interface Written {
  from: string;
  to: string;
  place: FilePlace;
}

export function wrongMap(expected: string, found: string, place: FilePlace = {}): BakeError {
  const shown = found.length > 80 ? `${found.slice(0, 79)}…` : found;
  return new BakeError('ROTATE_MAP', { expected, found: shown }, { place });
}
