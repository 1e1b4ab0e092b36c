/** Owns the identifiers: random ones for what is made here, derived ones for what was there before. */
import { randomBytes } from 'node:crypto';
import { sha256 } from '../util/sha256.ts';

/** Such as `ami-` and 17 hex digits; the 0 in front is what EC2's long ids have (EC2 user guide, "Resource IDs"). */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}

/** The id that belongs to a text for ever. */
export function derivedId(prefix: string, text: string): string {
  return `${prefix}-0${sha256(text).slice(0, 16)}`;
}

/** Where the example lives. */
export const SEED_REGION = 'us-east-1';

/** The sandbox's only account. */
export const ACCOUNT = '111122223333';
