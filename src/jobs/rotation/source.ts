/** The source of the new ids of a rotation, and the error for options that exclude each other. */
import { BakeError } from '../../errors/bake-error.ts';
import type { ImageFamily } from '../../os/family.ts';

export type NewIdSource =
  | { kind: 'channel' }
  | { kind: 'map'; words: readonly string[] }
  | { kind: 'to'; id: string; family: ImageFamily };

export function rotateUsage(message: string): BakeError {
  return new BakeError('USAGE', { message, command: 'rotate' });
}
