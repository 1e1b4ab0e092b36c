/** Owns which releases of pcluster are on this machine, and what they are started with. */
import fs from 'node:fs/promises';
import path from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/** A pcluster that was found. */
export interface Installed {
  command: string;
  python: string;
}

/** Every pcluster on PATH, with the Python it runs in. */
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

/** By its first line; pip writes a second one where the path is too long for the kernel. */
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

/** What pcluster needs to start; its own log goes where nobody else's is. */
export function quiet({ PATH, LANG, TMPDIR }: Env, folder: string): Record<string, string> {
  return {
    HOME: folder,
    PYTHONDONTWRITEBYTECODE: '1',
    ...(PATH === undefined ? {} : { PATH }),
    ...(LANG === undefined ? {} : { LANG }),
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
  };
}
