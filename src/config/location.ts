/** Owns what may be written as `store:` in bakery.yaml, and what it means. */
import path from 'node:path';

/**
 * Bucket names: 3 to 63 of a-z 0-9 . - (S3 user guide, "General purpose bucket naming rules"). The prefix holds only
 * the characters that are safe in keys ("Naming Amazon S3 objects"), since keys become parts of URLs and commands.
 */
const S3 = "s3:\\/\\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\\/[A-Za-z0-9!_.*'()=@-]+){0,16}\\/?";
/** A path without a scheme: another one (gs:, https:) is no folder's name but a mistake. */
const FOLDER = '(?![A-Za-z][A-Za-z0-9+.-]*:)[^\\0\\r\\n]*[^\\0\\r\\n\\/]';

/** One pattern, so that editors have it, too. */
export const locationPattern = new RegExp(`^(?:${S3}|${FOLDER})$`);

export type Location =
  | { kind: 'folder'; folder: string }
  /** `prefix` is empty or ends in a slash. */
  | { kind: 's3'; bucket: string; prefix: string };

/** @param folder where a relative path starts @throws Error on what locationPattern refuses */
export function readLocation(location: string, folder: string): Location {
  if (!locationPattern.test(location)) throw new Error(`no location of a store: ${location}`);
  const found = /^s3:\/\/([^/]+)\/?(.*)$/.exec(location);
  if (!found) return { kind: 'folder', folder: path.resolve(folder, location) };
  const [, bucket = '', prefix = ''] = found;
  return { kind: 's3', bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}
