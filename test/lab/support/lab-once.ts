/** Builds folders once and reuses them: they are below .cache/rootfs, named by a digest of their inputs. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

import { packagePath } from '../../../src/util/package-path.ts';

export const cache = packagePath('.cache', 'rootfs');

/**
 * Returns `.cache/rootfs/<name>-<digest>`, which `build` fills. The folder is complete or missing, even with several
 * concurrent builders. Older folders of that name are removed.
 * @param sources files of test/lab/support that decide the content
 * @param more other text that decides the content
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
    // Another process built the folder at the same time.
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

/** Keeps folders that changed within the last hour: another test run may still use them. */
async function removeOlder(name: string, kept: string): Promise<void> {
  const old = Date.now() - 3_600_000;
  for (const entry of await fs.readdir(cache)) {
    const folder = path.join(cache, entry);
    if (!/^(-[0-9a-f]{16}|\.part-\w+)$/.test(entry.slice(name.length)) || !entry.startsWith(name)) continue;
    if (folder === kept || (await fs.stat(folder)).mtimeMs > old) continue;
    await fs.rm(folder, { recursive: true, force: true });
  }
}
