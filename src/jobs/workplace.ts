/** Opens the project that a command works on: bakery.yaml, or a copy of the shipped example in the sandbox. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { loadProject, type Project } from '../pipeline/project.ts';
import { exists, makeFolder } from '../util/files.ts';
import { packagePath } from '../util/package-path.ts';
import type { Invocation } from './invocation.ts';
import { configFile, isDefaultConfig, stateFolder } from './places.ts';
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

/** Reads the project, or the copy of the example. */
export async function openWorkplace(invocation: Invocation): Promise<Workplace> {
  const { env, engines } = invocation;
  const copyOf = (await usesExample(invocation)) ? await copyExample(invocation) : undefined;
  const config = copyOf === undefined ? configFile(invocation) : path.join(copyOf, 'bakery.yaml');
  const project = await loadProject(config, selectionOf(invocation), env, new Date(), engines);
  return { project, copyOf };
}

/** Copies the shipped example, unless a copy exists: the user may have changed it. */
async function copyExample(invocation: Invocation): Promise<string> {
  const copy = path.join(stateFolder(invocation), 'example');
  if (await exists(path.join(copy, 'bakery.yaml'))) return copy;
  const temp = `${copy}.${process.pid}.tmp`;
  try {
    makeFolder(path.dirname(copy));
    await fs.cp(packagePath('examples'), temp, { recursive: true });
    await fs.rm(copy, { recursive: true, force: true });
    await fs.rename(temp, copy);
  } catch (error) {
    await fs.rm(temp, { recursive: true, force: true }).catch(() => {});
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(copy), reason: (error as Error).message });
  }
  return copy;
}
