/** The paths of the files of a working copy: its configuration, and the folders in which bake keeps its own files. */
import path from 'node:path';
import type { Invocation } from './invocation.ts';

const DEFAULT_CONFIG = 'bakery.yaml';

/** The path of bakery.yaml, or of the file that --config names. */
export function configFile({ cwd, options }: Pick<Invocation, 'cwd' | 'options'>): string {
  return path.resolve(cwd, options.config);
}

/** Whether --config names no other file than the default. */
export function isDefaultConfig({ config }: Pick<Invocation['options'], 'config'>): boolean {
  return config === DEFAULT_CONFIG;
}

/** The folder of the journals. */
export function runsFolder({ cwd }: Pick<Invocation, 'cwd'>): string {
  return path.join(cwd, '.bakery', 'runs');
}

/** The folder with the state of the sandbox. */
export function stateFolder({ cwd, options }: Pick<Invocation, 'cwd' | 'options'>): string {
  return path.resolve(cwd, options.state ?? path.join('.bakery', 'sandbox'));
}
