/** Writes programs that stand in for Packer, for tests of how bake finds, runs and stops it. */
import fs from 'node:fs';
import path from 'node:path';

/** Writes an executable bash script. @returns its path */
export function writeProgram(folder: string, body: string, name = 'packer'): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  return file;
}
