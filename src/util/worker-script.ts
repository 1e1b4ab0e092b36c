/** Owns where the program of a worker thread is: beside bake.js, or above the chunk that this code is in. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** undefined where the sources run unbundled. @param name its file name in dist */
export function workerScript(name: string): string | undefined {
  return [`./${name}`, `../${name}`]
    .map((file) => fileURLToPath(new URL(file, import.meta.url)))
    .find((file) => existsSync(file));
}
