/** Owns writing the small files that packages and repositories of the lab are made of. */
import fs from 'node:fs/promises';
import path from 'node:path';

/** Who signs: gpg's folder and the key's name. */
export interface Signer {
  home: string;
  name: string;
}

/** Writes a file, folders above it included. */
export async function write(file: string, text: string, mode = 0o644): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(file, text, { mode });
}

/** Mode of a package's file, by its place. */
export const modeOf = (file: string): number => (file.includes('/bin/') ? 0o755 : 0o644);
