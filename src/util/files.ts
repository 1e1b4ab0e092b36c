/** Owns writing a file so that a reader sees the old one or the new one, never half of it. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';

/**
 * Writes by temp + fsync + rename, making the folders on the way.
 * @throws BakeError FOLDER_UNWRITABLE
 */
export async function writeFileAtomic(file: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const temp = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    const handle = await fs.open(temp, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temp, file);
  } catch (error) {
    await fs.rm(temp, { force: true }).catch(() => {});
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(file), reason: (error as Error).message });
  }
}
