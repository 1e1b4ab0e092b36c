/** Owns the registry of formats: an explicit list; a test holds it equal to the folder. */
import type { Format } from '../format.ts';
import { env } from './env.ts';
import { hcl } from './hcl.ts';
import { ini } from './ini.ts';
import { jsonc } from './jsonc.ts';
import { literal } from './literal.ts';
import { shell } from './shell.ts';
import { yaml } from './yaml.ts';

/** The first that reads a file wins; YAML comes late, for its configs have many names. */
export const formats: readonly Format[] = [jsonc, hcl, env, shell, ini, yaml, literal];

/** The format that reads a file; undefined: none does, and only literal mode, which find.ts falls back to. */
export function formatOf(file: string, bytes: Buffer): Format | undefined {
  return formats.find((format) => format.reads(file, bytes));
}
