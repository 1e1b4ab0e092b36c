/** Writes the links that make the store a mirror: from each URL's path to the file by content. */
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from '../util/files.ts';
import { linkTarget, treePath } from './paths.ts';

/** Writes one link atomically. @throws the system's own error */
export function placeInTree(store: string, url: string, sha256: string): void {
  const tree = treePath(url);
  if (tree === undefined) return;
  const link = path.join(store, tree);
  const target = linkTarget(tree, sha256);
  try {
    fs.symlinkSync(target, link);
    return;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      makeFolder(path.dirname(link));
      return placeInTree(store, url, sha256);
    }
    if (code !== 'EEXIST') throw error;
  }
  if (readLinkTarget(link) === target) return;
  const temp = `${link}.tmp`;
  fs.rmSync(temp, { force: true });
  fs.symlinkSync(target, temp);
  fs.renameSync(temp, link);
}

/** undefined: there is no link. */
export function readLinkTarget(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}
