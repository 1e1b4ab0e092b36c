/** Owns what a move is as somebody wrote it, and how it is refused. */
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
