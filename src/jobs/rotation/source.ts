/** Where a rotation takes the new ids from, and the error for a request that contradicts itself. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ImageFamily } from '../../os/family.ts';

/** Where new ids come from. */
export type NewIdSource =
  | { kind: 'channel' }
  | { kind: 'map'; words: readonly string[] }
  | { kind: 'to'; id: string; family: ImageFamily };

export function rotateUsage(message: string): BakeError {
  return new BakeError('USAGE', { message, command: 'rotate' });
}
