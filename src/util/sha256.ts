/** Owns the digest that everything here goes by. */
import { createHash } from 'node:crypto';

/** 64 lower-case hex digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
