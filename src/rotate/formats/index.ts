/** The list of formats. A test compares it with the folder. */
import type { Format } from '../format.ts';
import { env } from './env.ts';
import { hcl } from './hcl.ts';
import { ini } from './ini.ts';
import { jsonc } from './jsonc.ts';
import { literal } from './literal.ts';
import { shell } from './shell.ts';
import { state } from './state.ts';
import { yaml } from './yaml.ts';

/** The first format that reads a file is used. YAML comes late, because its configs have many names. */
export const formats: readonly Format[] = [state, jsonc, hcl, env, shell, ini, yaml, literal];

/** The format that reads a file; undefined if none does, and find.ts can only use literal mode. */
export function formatOf(file: string, bytes: Buffer): Format | undefined {
  return formats.find((format) => format.reads(file, bytes));
}
