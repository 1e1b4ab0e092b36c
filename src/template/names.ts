/** Names the cluster of a config: from `rotate.clusters` in bakery.yaml, or else from the name of the file. */
import path from 'node:path';
import { expandGlobs } from '../config/globs.ts';

/** The longest cluster name (ParallelCluster API, createCluster). */
const LONGEST = 60;

/**
 * The cluster names of configs.
 * @param folder of bakery.yaml, which the patterns are relative to
 * @param clusters file or pattern → name; the first match counts
 * @returns a function from an absolute path to a name
 */
export async function clusterNames(
  folder: string,
  clusters: Readonly<Record<string, string>>,
): Promise<(file: string) => string> {
  const names = new Map<string, string>();
  for (const [pattern, name] of Object.entries(clusters)) {
    const plain = path.resolve(folder, pattern);
    const matched = await expandGlobs(folder, [pattern]).catch(() => []);
    for (const file of [plain, ...matched.map((one) => path.resolve(folder, one))]) {
      if (!names.has(file)) names.set(file, name);
    }
  }
  return (file) => names.get(file) ?? nameOfFile(file);
}

/** `clusters/prod eu.yaml` → `prod-eu`. */
export function nameOfFile(file: string): string {
  const stem = path.basename(file).replace(/\.[^.]*$/, '');
  const name = stem
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  return name === '' ? 'cluster' : name;
}
