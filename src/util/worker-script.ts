/** Finds the script of a worker thread: next to bake.js, or in the folder above the chunk that contains this code. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of the script; undefined if the sources run without a bundle. @param name its file name in dist */
export function workerScript(name: string): string | undefined {
  return [`./${name}`, `../${name}`]
    .map((file) => fileURLToPath(new URL(file, import.meta.url)))
    .find((file) => existsSync(file));
}
