/** Owns the identifiers: random ones for what is made here, derived ones for what was there before. */
import { createHash, randomBytes } from 'node:crypto';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `ami-` and 17 hex digits; the 0 in front is what EC2's long ids have (EC2 user guide, "Resource IDs"). */
export function newId(prefix: 'ami' | 'snap'): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}

/** The id that belongs to a text for ever. */
export function derivedId(prefix: 'ami' | 'snap', text: string): string {
  return `${prefix}-0${sha256(text).slice(0, 16)}`;
}

/** AWS partition of a Region (AWS General Reference, ARNs). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('us-isob-')) return 'aws-iso-b';
  if (region.startsWith('us-iso-')) return 'aws-iso';
  return 'aws';
}

/** The sandbox's only account. */
export const ACCOUNT = '111122223333';
