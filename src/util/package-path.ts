/** Finds the data files of the package (templates, recipes, schema), both under vitest and from the bundle in dist/. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

/**
 * An absolute path inside the installed package: `packagePath('templates', 'skeleton')`. The folder of the package is the
 * nearest one above this file with a package.json of ami-bakery, so it is found from src/ and from chunks in dist/.
 */
export function packagePath(...parts: string[]): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return join(root, ...parts);
}

function findRoot(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isOurs(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json of ami-bakery above ${from}`);
  }
}

function isOurs(file: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown } | null;
    return manifest?.name === 'ami-bakery';
  } catch {
    return false;
  }
}
