/** Writes the file of --junit. */
import path from 'node:path';
import { junitXml, type Suite } from '../image/junit.ts';
import { writeFileAtomic } from '../util/files.ts';
import type { Invocation } from './invocation.ts';

/** Writes nothing without --junit. @throws BakeError FOLDER_UNWRITABLE, FILE_UNWRITABLE */
export async function writeJunit({ options, cwd }: Invocation, suites: readonly Suite[]): Promise<void> {
  if (options.junit === undefined) return;
  await writeFileAtomic(path.resolve(cwd, options.junit), junitXml(suites));
}
