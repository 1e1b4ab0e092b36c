/** Writes the small files of the lab's packages and repositories. */
import fs from 'node:fs/promises';
import path from 'node:path';

/** The signing key: gpg's folder and the name of the key. */
export interface Signer {
  home: string;
  name: string;
}

/** Writes a file and creates its parent folders. */
export async function write(file: string, text: string, mode = 0o644): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, text, { mode });
}

/** The mode of a file in a package, by its path. */
export const modeOf = (file: string): number => (file.includes('/bin/') ? 0o755 : 0o644);
