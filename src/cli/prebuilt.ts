/**
 * The texts that the entry prints without loading anything else. scripts/build.mjs replaces this module by its values,
 * so that the bundle contains the texts without the code that makes them.
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

/** The name of a command → its help; '' → the help of bake. */
export const helpTexts: Record<string, string> = {
  '': mainHelp(version),
  ...Object.fromEntries(commands.map((command) => [command.name, commandHelp(command)])),
};
