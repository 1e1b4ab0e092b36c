/** The paths of the files of a working copy: its configuration, and the folders in which bake keeps its own files. */
import fs from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../util/repository-root.ts';
import type { Invocation } from './invocation.ts';

const DEFAULT_CONFIG = 'bakery.yaml';

type Place = Pick<Invocation, 'cwd' | 'options'>;

/**
 * The path of the file that --config names, or of the nearest bakery.yaml from the current folder up to the root of its
 * repository. Without one: where it is expected.
 */
export function configFile({ cwd, options }: Place): string {
  if (!isDefaultConfig(options)) return path.resolve(cwd, options.config);
  const found = searched(cwd).map((folder) => path.join(folder, DEFAULT_CONFIG));
  return found.find((file) => fs.existsSync(file)) ?? path.join(cwd, DEFAULT_CONFIG);
}

/** The folders that may have bakery.yaml: outside of a repository only the current one. */
function searched(cwd: string): string[] {
  const root = repositoryRoot(cwd);
  if (root === undefined) return [cwd];
  const steps = path.relative(root, cwd).split(path.sep).filter(Boolean);
  return [...steps, ''].map((_, up) => path.join(root, ...steps.slice(0, steps.length - up)));
}

/** Where bake looked for bakery.yaml in vain, for a message: `here`, or also the folders above. */
export function searchedText(cwd: string): string {
  const folders = searched(cwd);
  if (folders.length > 1) return 'here or above, up to the root of the repository';
  return repositoryRoot(cwd) === cwd ? 'here, at the root of the repository' : 'here';
}

/** Shows the path of a bakery.yaml that was found above the current folder. */
export function sayConfig({ cwd, options, host }: Place & Pick<Invocation, 'host'>): void {
  const file = path.relative(cwd, configFile({ cwd, options }));
  if (isDefaultConfig(options) && file.startsWith('..'))
    host.emit({ type: 'note', text: `configuration: ${file}` });
}

/** Whether --config names no other file than the default. */
export function isDefaultConfig({ config }: Pick<Invocation['options'], 'config'>): boolean {
  return config === DEFAULT_CONFIG;
}

/** The folder of `.bakery`: beside the bakery.yaml that was found, so that every folder of a project has the same one. */
function homeFolder(place: Place): string {
  return isDefaultConfig(place.options) ? path.dirname(configFile(place)) : place.cwd;
}

/** The folder of the journals. */
export function runsFolder(place: Place): string {
  return path.join(homeFolder(place), '.bakery', 'runs');
}

/** The folder with the state of the sandbox. */
export function stateFolder(place: Place): string {
  const { cwd, options } = place;
  if (options.state !== undefined) return path.resolve(cwd, options.state);
  return path.join(homeFolder(place), '.bakery', 'sandbox');
}
