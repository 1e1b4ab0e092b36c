/** Owns making the lab's files before any test, where a lab can be: no test's own time limit has to hold for it. */
import { mirrorFiles } from './lab-mirror.ts';
import { osIds } from './lab-os.ts';
import { noLab } from './lab-programs.ts';
import { baseRoot, rootOf } from './lab-roots.ts';

/** vitest's globalSetup: a minute and a half from nothing, nothing to do after. */
export async function setup(): Promise<void> {
  if ((await noLab(false)) !== undefined) return;
  await mirrorFiles();
  await baseRoot('apt', 'el', 'boot');
  for (const os of osIds) await rootOf(os);
}
