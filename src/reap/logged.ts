/** Reads from the logs of runs (`.bakery/runs/<run>/<target>/`) which security groups engines created for them. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { RUN_TAG, TARGET_TAG, type UntaggedLeftovers } from './leftover.ts';
import type { NamedGroup } from './find.ts';

/** @param runs absolute path of .bakery/runs, which need not exist */
export async function readLoggedGroups(
  runs: string,
  untagged: readonly UntaggedLeftovers[],
): Promise<NamedGroup[]> {
  const logs = untagged.flatMap(({ logs: one }) => one ?? []);
  const places = logs.flatMap(({ files, group }) => files.map((file) => ({ file, group })));
  const found: NamedGroup[] = [];
  for (const run of await names(runs)) {
    for (const target of await names(path.join(runs, run))) {
      for (const { file, group } of places) {
        const text = await fs.readFile(path.join(runs, run, target, file), 'utf8').catch(() => '');
        // Only the first match: the log also contains the output of scripts, which run after the group was created.
        const name = group.exec(text)?.[1];
        if (name !== undefined) found.push({ name, tags: { [RUN_TAG]: run, [TARGET_TAG]: target } });
      }
    }
  }
  return found;
}

async function names(folder: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
