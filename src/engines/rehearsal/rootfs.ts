/** Reads the package family of a root filesystem: of this machine, a folder or a tar. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { execa } from 'execa';

import { BakeError } from '../../errors/bake-error.ts';
import type { OsFamily } from '../../os/os.ts';
import { familyOf } from './family.ts';

const PLACES = ['etc/os-release', 'usr/lib/os-release'];

/**
 * Returns the package family of a root filesystem; undefined if os-release is missing or names no known family.
 * @param rootfs absolute path of a folder or tar; undefined for this machine
 * @throws BakeError FILE_MISSING, FILE_UNREADABLE
 */
export async function familyOfRootfs(rootfs: string | undefined): Promise<OsFamily | undefined> {
  if (rootfs === undefined) return familyOf(await readOsRelease('/'));
  const isFolder = await fs.stat(rootfs).then(
    (stat) => stat.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT')
        throw new BakeError('FILE_MISSING', { path: rootfs, what: 'rootfs' }, { cause: error });
      throw new BakeError('FILE_UNREADABLE', { path: rootfs, reason: error.message }, { cause: error });
    },
  );
  return familyOf(isFolder ? await readOsRelease(rootfs) : await readOsReleaseOfTar(rootfs));
}

/** Resolves a link of os-release inside the root folder, so that an absolute link does not lead to this machine. */
async function readOsRelease(root: string): Promise<string> {
  for (const place of PLACES) {
    const file = path.join(root, place);
    const link = root === '/' ? '' : await fs.readlink(file).catch(() => '');
    const target =
      link === '' ? file : path.join(root, path.posix.resolve('/', path.posix.dirname(place), link));
    const text = await fs.readFile(target, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return '';
}

async function readOsReleaseOfTar(tar: string): Promise<string> {
  const names = PLACES.flatMap((place) => [place, `./${place}`]);
  // tar fails if a name is absent, but it still prints the files that it found.
  const { stdout } = await execa('tar', ['-xOf', tar, ...names], { reject: false, stderr: 'ignore' });
  return stdout;
}
