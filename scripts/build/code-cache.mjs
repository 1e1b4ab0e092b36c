/** Makes the code cache of a dist folder for the Node that runs the build, so that V8 need not compile code at start-up. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import loader from './loader.cjs';

const WARM_UP = fileURLToPath(new URL('warm-up.cjs', import.meta.url));
const LIMIT_MS = 60_000;

/**
 * Does nothing if the cache exists. Without a cache, bake starts more slowly but works in the same way, so the build
 * continues without one if the sandbox cannot run (no loopback, a read-only dist).
 */
export function makeCodeCache(dist) {
  const file = loader.codeCacheFile(dist);
  if (existsSync(file)) return;
  const work = mkdtempSync(join(tmpdir(), 'bake-warm-up-'));
  const temp = `${file}.tmp-${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    // V8 refuses a cache that was made under other flags: no NODE_OPTIONS.
    const env = { PATH: process.env.PATH, HOME: work, TMPDIR: work };
    spawnSync(process.execPath, [WARM_UP, dist, temp], {
      cwd: work,
      env,
      stdio: 'ignore',
      timeout: LIMIT_MS,
    });
    if (existsSync(temp)) renameSync(temp, file);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  } finally {
    rmSync(temp, { force: true });
    rmSync(work, { recursive: true, force: true });
  }
}
