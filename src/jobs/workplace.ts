/** Opens the project that a command works on: bakery.yaml, or a copy of the shipped example in the sandbox. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { loadProject, type Project } from '../pipeline/project.ts';
import { clearLeftovers, exists, makeFolder } from '../util/files.ts';
import { packagePath } from '../util/package-path.ts';
import type { Invocation } from './invocation.ts';
import { configFile, isDefaultConfig, sayConfig, searchedText, stateFolder } from './places.ts';
import { selectionOf } from './selection.ts';

export interface Workplace {
  project: Project;
  /** The absolute path of the example's copy, if the sandbox works on it because there is no bakery.yaml. */
  copyOf: string | undefined;
}

/** Whether a command works on a copy of the shipped example: with --sandbox and without a bakery.yaml. */
export async function usesExample(invocation: Invocation): Promise<boolean> {
  const { options } = invocation;
  return options.sandbox && isDefaultConfig(options) && !(await exists(configFile(invocation)));
}

/**
 * Reads the project, or the copy of the example.
 * @param say whether to show which of them it is; the main job does that after its first line
 */
export async function openWorkplace(invocation: Invocation, say = true): Promise<Workplace> {
  const { env, engines } = invocation;
  const copyOf = (await usesExample(invocation)) ? await copyExample(invocation) : undefined;
  const config = copyOf === undefined ? configFile(invocation) : path.join(copyOf, 'bakery.yaml');
  if (copyOf === undefined) await requireConfig(invocation);
  if (say) sayWorkplace(invocation, copyOf);
  const project = await loadProject(config, selectionOf(invocation), env, new Date(), engines);
  return { project, copyOf };
}

/** @throws BakeError CONFIG_MISSING if there is no bakery.yaml; a file that --config names is checked when it is read */
export async function requireConfig(invocation: Invocation): Promise<void> {
  const file = configFile(invocation);
  if (!isDefaultConfig(invocation.options) || (await exists(file))) return;
  const searched = searchedText(invocation.cwd);
  throw new BakeError('CONFIG_MISSING', { file, searched }, { place: { file } });
}

/** Shows the path of a bakery.yaml that is not in the current folder, and of the example's copy. */
export function sayWorkplace(invocation: Invocation, copyOf: string | undefined): void {
  const { cwd, host } = invocation;
  if (copyOf !== undefined) {
    const copy = path.relative(cwd, copyOf);
    const text = `no bakery.yaml ${searchedText(cwd)}: working on a copy of the example in ${copy}`;
    return host.emit({ type: 'note', text });
  }
  sayConfig(invocation);
}

/** Copies the shipped example, unless a copy exists: the user may have changed it. */
async function copyExample(invocation: Invocation): Promise<string> {
  const copy = path.join(stateFolder(invocation), 'example');
  if (await exists(path.join(copy, 'bakery.yaml'))) return copy;
  const temp = `${copy}.${process.pid}.tmp`;
  try {
    makeFolder(path.dirname(copy));
    await clearLeftovers(copy);
    await fs.cp(packagePath('examples'), temp, { recursive: true });
    await fs.rm(copy, { recursive: true, force: true });
    await fs.rename(temp, copy);
  } catch (error) {
    await fs.rm(temp, { recursive: true, force: true }).catch(() => {});
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(copy), reason: (error as Error).message });
  }
  return copy;
}
