/** Finds the root of the git repository that a folder is in. */
import fs from 'node:fs';
import path from 'node:path';

/** The nearest folder from here upwards that contains `.git`; undefined outside of a repository. */
export function repositoryRoot(folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    // A folder, or in worktrees and submodules a file.
    if (fs.existsSync(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return undefined;
  }
}
