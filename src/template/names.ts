/** Owns which cluster a config is of: by `rotate.clusters` of bakery.yaml, else by the name of its file. */
import path from 'node:path';
import { expandGlobs } from '../config/globs.ts';

/** ParallelCluster's own rule for names (its API, createCluster). */
const LONGEST = 60;

/**
 * Cluster names of configs.
 * @param folder that of bakery.yaml, where the patterns start
 * @param clusters file or pattern → name; the first that fits counts
 * @returns from an absolute path to a name
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
