/**
 * Owns what the entry prints without loading anything else. scripts/build.mjs replaces this module by its own values,
 * so that the bundle holds texts and no code that makes them.
 */
import { readFileSync } from 'node:fs';
import { packagePath } from '../util/package-path.ts';
import { commands } from './commands.ts';
import { commandHelp, mainHelp } from './help.ts';

interface Manifest {
  version: string;
}

export const version: string = (JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as Manifest)
  .version;

/** Command name → its help; '' → the help of bake itself. */
export const helpTexts: Record<string, string> = {
  '': mainHelp(version),
  ...Object.fromEntries(commands.map((command) => [command.name, commandHelp(command)])),
};
