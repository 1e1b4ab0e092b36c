/** Makes ids: random ones for new resources, derived ones for built-in resources. */
import { randomBytes } from 'node:crypto';
import { sha256 } from '../util/sha256.ts';

/** A random id such as `ami-` and 17 hex digits, the first of them 0 as in EC2's long ids (EC2 user guide, "Resource IDs"). */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}

/** The id that is always the same for a text. */
export function derivedId(prefix: string, text: string): string {
  return `${prefix}-0${sha256(text).slice(0, 16)}`;
}

/** The Region of the example. */
export const SEED_REGION = 'us-east-1';

/** The run that made the seeded images. */
export const SEED_RUN = '00000000';

/** The sandbox's main account. */
export const ACCOUNT = '111122223333';
