/** Builds the files of the lab's mirror: repositories at the path of every layout and OS, and indexes. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { addIndexes } from './lab-indexes.ts';
import { once } from './lab-once.ts';
import { listOs } from './lab-os.ts';
import { releaseOf } from './lab-packages.ts';
import { repositories as builtRepositories } from './lab-repositories.ts';

const SOURCES = ['lab-mirror.ts', 'lab-indexes.ts', 'lab-packages.ts'];
/** The folder before `upstream` for each layout of src/image/mirrors; reposync's ids are below /reposync. */
const PREFIXES = ['artifactory', 'pulp/content', 'repository', '.'];

export interface MirrorFiles {
  /** The folder that nginx serves. */
  tree: string;
  /** The public key of all signatures, armoured. */
  keyFile: string;
  /** All packages, below deb/ and rpm/, including those that are only installed in images. */
  packages: string;
}

/** Returns the files, and builds them first if the lab changed since the last build. */
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

/** Every path of a repository of an OS in a layout; the mirror serves no other path. */
async function linkRepositories(tree: string): Promise<void> {
  const links = new Map<string, string>();
  for (const { id, family, repositories } of listOs()) {
    for (const repository of repositories) {
      if (family === 'debian') {
        for (const prefix of PREFIXES) links.set(path.join(prefix, repository.upstream), 'apt');
        continue;
      }
      for (const basearch of ['x86_64', 'aarch64']) {
        for (const release of [releaseOf[id]?.releasever ?? '', 'latest']) {
          const at = repository.upstream.replaceAll('$releasever', release).replaceAll('$basearch', basearch);
          for (const prefix of PREFIXES) links.set(path.join(prefix, at), 'rpm');
        }
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
