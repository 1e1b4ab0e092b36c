/** Builds the lab's files before any test, if the machine can run a lab, so that no test times out while building. */
import { mirrorFiles } from './lab-mirror.ts';
import { osIds } from './lab-os.ts';
import { noLab } from './lab-programs.ts';
import { baseRoot, rootOf } from './lab-roots.ts';

/** vitest's globalSetup: takes a minute and a half at first, and nothing afterwards. */
export async function setup(): Promise<void> {
  if ((await noLab(false)) !== undefined) return;
  await mirrorFiles();
  await baseRoot('apt', 'el', 'boot');
  for (const os of osIds) await rootOf(os);
}
