/** Owns what is built once and used again: folders below .cache/rootfs, named by a digest of what decides them. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

import { packagePath } from '../../../src/util/package-path.ts';

export const cache = packagePath('.cache', 'rootfs');

/**
 * The folder that `build` fills, as `.cache/rootfs/<name>-<digest>`: whole or not at all, also with several builders
 * at once, and older ones of that name removed.
 * @param sources files of test/lab/support whose text decides the content
 * @param more anything else that does
 */
export async function once(
  name: string,
  sources: readonly string[],
  more: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const texts = await Promise.all(
    sources.map((file) => fs.readFile(packagePath('test', 'lab', 'support', file), 'utf8')),
  );
  const digest = createHash('sha256')
    .update(JSON.stringify([texts, more]))
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(cache, `${name}-${digest}`);
  if (await exists(folder)) return folder;
  await fs.mkdir(cache, { recursive: true });
  const part = await fs.mkdtemp(path.join(cache, `${name}.part-`));
  try {
    await fs.chmod(part, 0o755);
    await build(part);
    await fs.rename(part, folder);
  } catch (error) {
    await fs.rm(part, { recursive: true, force: true });
    // Somebody else was faster.
    if (!(await exists(folder))) throw error;
  }
  await removeOlder(name, folder);
  return folder;
}

async function exists(folder: string): Promise<boolean> {
  return fs.stat(folder).then(
    () => true,
    () => false,
  );
}

/** Only what nobody has touched for an hour: another test run may still use it. */
async function removeOlder(name: string, kept: string): Promise<void> {
  const old = Date.now() - 3_600_000;
  for (const entry of await fs.readdir(cache)) {
    const folder = path.join(cache, entry);
    if (!/^(-[0-9a-f]{16}|\.part-\w+)$/.test(entry.slice(name.length)) || !entry.startsWith(name)) continue;
    if (folder === kept || (await fs.stat(folder)).mtimeMs > old) continue;
    await fs.rm(folder, { recursive: true, force: true });
  }
}
