/** Computes the digest of all inputs of dist/. With an equal digest there is nothing to build. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', '.github/workflows/bake.yml'];
const FOLDERS = ['src', 'scripts/build', 'templates'];

/** sha256 (hex) over names and contents; `flavour` keeps builds with different settings apart. */
export function inputDigest(root, flavour) {
  const hash = createHash('sha256').update(flavour);
  for (const name of [...FILES, ...FOLDERS.flatMap((folder) => filesBelow(root, folder))]) {
    const bytes = readFileSync(join(root, name));
    hash.update(`\0${name}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

function filesBelow(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(root, name);
      return entry.isFile() ? [name] : [];
    });
}
