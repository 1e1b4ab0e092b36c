/** Owns the files that the lab's mirror serves: its repositories under every path that a layout and an OS make, and indexes. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { addIndexes } from './lab-indexes.ts';
import { once } from './lab-once.ts';
import { listOs } from './lab-os.ts';
import { releaseOf } from './lab-packages.ts';
import { repositories as builtRepositories } from './lab-repositories.ts';

const SOURCES = ['lab-mirror.ts', 'lab-indexes.ts', 'lab-packages.ts'];
/** Folder in front of `upstream`, by layout of src/image/mirrors; reposync's ids are below a root of its own, /reposync. */
const PREFIXES = ['artifactory', 'pulp/content', 'repository', '.'];

export interface MirrorFiles {
  /** What nginx serves. */
  tree: string;
  /** The public key everything is signed with, armoured. */
  keyFile: string;
  /** Packages below deb/ and rpm/, also those that are only installed in images. */
  packages: string;
}

/** The files, made now if nobody has since the lab changed. */
export async function mirrorFiles(): Promise<MirrorFiles> {
  const from = await builtRepositories();
  const tree = await once('mirror', SOURCES, JSON.stringify([from, listOs()]), (folder) =>
    build(folder, from),
  );
  return { tree, keyFile: path.join(from, 'lab.asc'), packages: path.join(from, 'packages') };
}

async function build(tree: string, from: string): Promise<void> {
  await fs.symlink(path.join(from, 'apt'), path.join(tree, 'apt'));
  await fs.symlink(path.join(from, 'rpm'), path.join(tree, 'rpm'));
  await linkRepositories(tree);
  await addIndexes(tree);
}

/** Every path below a mirror that a layout and an OS's repository make; nothing else answers. */
async function linkRepositories(tree: string): Promise<void> {
  const links = new Map<string, string>();
  for (const { id, family, repositories } of listOs()) {
    for (const repository of repositories) {
      if (family === 'debian') {
        for (const prefix of PREFIXES) links.set(path.join(prefix, repository.upstream), 'apt');
        continue;
      }
      for (const basearch of ['x86_64', 'aarch64']) {
        const at = repository.upstream
          .replaceAll('$releasever', releaseOf[id]?.releasever ?? '')
          .replaceAll('$basearch', basearch);
        for (const prefix of PREFIXES) links.set(path.join(prefix, at), 'rpm');
      }
      links.set(path.join('reposync', repository.id), 'rpm');
    }
  }
  for (const [link, kind] of links) {
    const file = path.join(tree, link);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.symlink(path.relative(path.dirname(file), path.join(tree, kind)), file);
  }
}
