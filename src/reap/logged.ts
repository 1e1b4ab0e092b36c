/** Reads from the logs of runs (`.bakery/runs/<run>/<target>/`) which security groups Packer created for them. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { RUN_TAG, TARGET_TAG } from './leftover.ts';
import type { NamedGroup } from './find.ts';

const GROUP = /Creating temporary security group for this instance: (packer_[0-9a-f-]{36})/;
/** Packer's logs below a target's folder (src/engines/packer/index.ts writes them). */
export const PACKER_LOGS = { image: 'packer/image.log', verify: 'packer/second-boot.log' } as const;

/** @param runs absolute path of .bakery/runs, which need not exist */
export async function readLoggedGroups(runs: string): Promise<NamedGroup[]> {
  const found: NamedGroup[] = [];
  for (const run of await names(runs)) {
    for (const target of await names(path.join(runs, run))) {
      for (const log of Object.values(PACKER_LOGS)) {
        const text = await fs.readFile(path.join(runs, run, target, log), 'utf8').catch(() => '');
        // Only the first match: the log also contains the output of scripts, which run after Packer created the group.
        const name = GROUP.exec(text)?.[1];
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
