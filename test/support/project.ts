/** Makes projects for tests: copies of the shipped example in a folder of their own, and digests of their files. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '..', '..');

/** An empty folder that the test removes. */
export function emptyFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'bake-test-'));
}

/** A copy of examples/, with some files replaced (null: removed). */
export function exampleProject(changes: Record<string, string | null> = {}): string {
  const folder = emptyFolder();
  fs.cpSync(path.join(repository, 'examples'), folder, { recursive: true });
  for (const [file, text] of Object.entries(changes)) {
    const full = path.join(folder, file);
    if (text === null) fs.rmSync(full);
    else {
      fs.mkdirSync(path.dirname(full), { recursive: true });
      fs.writeFileSync(full, text);
    }
  }
  return folder;
}

export function readExample(file: string): string {
  return fs.readFileSync(path.join(repository, 'examples', file), 'utf8');
}

/** Every file below a folder with its digest, to compare before and after. `ignore` matches relative paths. */
export function snapshot(folder: string, ignore = /$^/): Record<string, string> {
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    files
      .filter((file) => !ignore.test(file) && fs.statSync(path.join(folder, file)).isFile())
      .map((file) => [
        file,
        createHash('sha256')
          .update(fs.readFileSync(path.join(folder, file)))
          .digest('hex'),
      ]),
  );
}
