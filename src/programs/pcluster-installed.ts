/** Finds the pcluster programs on this machine, and the environment to start them with. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Env } from '../util/env.ts';

/** An installed pcluster. */
export interface Installed {
  command: string;
  python: string;
}

/** Every pcluster on PATH, with its Python. */
export async function findPrograms(env: Env): Promise<Installed[]> {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const found: Installed[] = [];
  for (const folder of new Set(folders)) {
    const command = path.join(folder, 'pcluster');
    const python = await pythonOf(command);
    if (python !== undefined) found.push({ command, python });
  }
  return found;
}

/** Reads the Python from the first line of the script; pip uses a second line if the path is too long for the kernel. */
async function pythonOf(command: string): Promise<string | undefined> {
  let start: string;
  try {
    await fs.access(command, fs.constants.X_OK);
    start = (await fs.readFile(command, 'utf8')).slice(0, 4096);
  } catch {
    return undefined;
  }
  const [first = '', second = ''] = start.split('\n');
  const long = /^'''exec' "?([^"]*?)"? "\$0"/.exec(second)?.[1];
  if (long !== undefined) return long;
  const [, interpreter = ''] = /^#!\s*(.*?)\s*$/.exec(first) ?? [];
  const plain = interpreter.replace(/^\S*\/env (?:-\S+ )*/, '');
  return /(?:^|\/)python[0-9.]*$/.test(plain) ? plain : undefined;
}

/** The environment that pcluster needs to start. With this HOME it writes its log into the given folder. */
export function quiet({ PATH, LANG, TMPDIR }: Env, folder: string): Record<string, string> {
  return {
    HOME: folder,
    PYTHONDONTWRITEBYTECODE: '1',
    ...(PATH === undefined ? {} : { PATH }),
    ...(LANG === undefined ? {} : { LANG }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
  };
}
