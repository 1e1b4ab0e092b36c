/** Reads `store:` of bakery.yaml: the location of a store, which is a folder or a prefix in S3. */
import path from 'node:path';

/**
 * Bucket names: 3 to 63 of a-z 0-9 . - (S3 user guide, "General purpose bucket naming rules"). The prefix holds only
 * the characters that are safe in keys ("Naming Amazon S3 objects"), because keys become parts of URLs and commands.
 */
const S3 = "s3:\\/\\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\\/[A-Za-z0-9!_.*'()=@-]+){0,16}\\/?";
/** A path without a scheme: a name with one (gs:, https:) is a mistake rather than a folder. */
const FOLDER = '(?![A-Za-z][A-Za-z0-9+.-]*:)[^\\0\\r\\n]*[^\\0\\r\\n\\/]';

/** One pattern for everything, so that the JSON Schema contains it and editors can check it. */
export const locationPattern = new RegExp(`^(?:${S3}|${FOLDER})$`);

export type Location =
  | { kind: 'folder'; folder: string }
  /** `prefix` is empty or ends in a slash. */
  | { kind: 's3'; bucket: string; prefix: string };

/** @param folder that relative paths start from @throws Error if locationPattern does not match */
export function readLocation(location: string, folder: string): Location {
  if (!locationPattern.test(location)) throw new Error(`not a location of a store: ${location}`);
  const found = /^s3:\/\/([^/]+)\/?(.*)$/.exec(location);
  if (!found) return { kind: 'folder', folder: path.resolve(folder, location) };
  const [, bucket = '', prefix = ''] = found;
  return { kind: 's3', bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}
