/** Owns where the package's own data (templates, recipes, schema) lies: under vitest as in the bundled dist/. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

/**
 * An absolute path inside the installed package: `packagePath('templates', 'skeleton')`. The package's folder is the
 * nearest one above this file whose package.json is ours, so it holds for src/ and for chunks in dist/ alike.
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
