/** Reads the certificates of bakery.yaml that bake itself trusts. */
import path from 'node:path';
import { readInput } from '../util/files.ts';
import { expandGlobs } from './globs.ts';
import type { Located } from './load.ts';
import type { Bakery } from './schema.ts';

/** The PEM texts of `trust.certificates`. @throws BakeError, BakeErrors FILE_MISSING, FILE_UNREADABLE; errors of the file system */
export async function readTrust({ value, folder }: Located<Bakery>): Promise<string[]> {
  const files = await expandGlobs(folder, value.trust.certificates, { what: 'trust.certificates' });
  return Promise.all(
    files.map(async (file) => (await readInput(path.resolve(folder, file))).toString('utf8')),
  );
}
