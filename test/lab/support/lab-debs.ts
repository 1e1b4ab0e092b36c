/** Builds the lab's .deb packages and its apt archive: three Ubuntu releases, four pockets, two architectures. */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

import { debs, fileOf } from './lab-packages.ts';
import { call } from './lab-run.ts';
import { modeOf, write, type Signer } from './lab-write.ts';

const CODENAMES = ['focal', 'jammy', 'noble'];
const POCKETS = {
  '': 'release',
  '-updates': 'updates',
  '-security': 'security',
  '-backports': undefined,
} as const;
const COMPONENTS = ['main', 'restricted', 'universe', 'multiverse'];
const ARCHITECTURES = ['amd64', 'arm64'];

/** Fills packages/deb. */
export async function buildDebs(folder: string): Promise<void> {
  const out = path.join(folder, 'packages', 'deb');
  await fs.mkdir(out, { recursive: true });
  for (const deb of debs) {
    const root = path.join(folder, 'build', fileOf('deb', deb));
    const depends = deb.requires === undefined ? '' : `Depends: ${deb.requires.join(', ')}\n`;
    await write(
      path.join(root, 'DEBIAN', 'control'),
      `Package: ${deb.name}\nVersion: ${deb.version}-${deb.release}\nArchitecture: all\n` +
        `Maintainer: Lab <lab@corp.example>\n${depends}Section: misc\nPriority: optional\nDescription: ${deb.name} of the lab\n`,
    );
    for (const [file, text] of Object.entries(deb.files ?? {}))
      await write(path.join(root, file), text, modeOf(file));
    await call('dpkg-deb', ['--root-owner-group', '-Zgzip', '-b', root, out]);
  }
}

/** Fills apt/, and apt/unsigned/ with the same archive without a signature. */
export async function aptRepository(folder: string, { home }: Signer): Promise<void> {
  const root = path.join(folder, 'apt');
  for (const pocket of ['release', 'updates', 'security'] as const) {
    const pool = path.join(root, 'pool', pocket);
    await fs.mkdir(pool, { recursive: true });
    for (const deb of debs.filter(({ offered }) => offered === pocket))
      await fs.link(
        path.join(folder, 'packages', 'deb', fileOf('deb', deb)),
        path.join(pool, fileOf('deb', deb)),
      );
  }
  const packages: Record<string, string> = { none: '' };
  for (const pocket of ['release', 'updates', 'security'])
    packages[pocket] = await call('apt-ftparchive', ['packages', `pool/${pocket}`], { cwd: root });
  const releases: string[] = [];
  for (const codename of CODENAMES) {
    for (const [ending, pocket] of Object.entries(POCKETS)) {
      const dist = path.join(root, 'dists', codename + ending);
      await aptIndex(dist, {
        codename,
        suite: codename + ending,
        packages: packages[pocket ?? 'none'] ?? '',
      });
      releases.push(dist);
    }
  }
  const sign = ['--homedir', home, '--batch', '--quiet', '--clearsign', '-o'];
  // One after the other, because all of them would wait for the same gpg agent.
  for (const dist of releases)
    await call('gpg', [...sign, path.join(dist, 'InRelease'), path.join(dist, 'Release')]);
  // The same archive without a signature.
  await fs.cp(path.join(root, 'dists'), path.join(root, 'unsigned', 'dists'), {
    recursive: true,
    filter: (file) => !file.endsWith('InRelease'),
  });
  await fs.symlink('../pool', path.join(root, 'unsigned', 'pool'));
}

async function aptIndex(
  dist: string,
  { codename, suite, packages }: { codename: string; suite: string; packages: string },
): Promise<void> {
  const sums: string[] = [];
  for (const component of COMPONENTS) {
    for (const architecture of ARCHITECTURES) {
      const file = `${component}/binary-${architecture}/Packages`;
      const text = component === 'main' && packages !== '' ? `${packages}\n` : '';
      await write(path.join(dist, file), text);
      sums.push(` ${createHash('sha256').update(text).digest('hex')} ${Buffer.byteLength(text)} ${file}\n`);
    }
  }
  await write(
    path.join(dist, 'Release'),
    `Origin: Ubuntu\nLabel: Ubuntu\nSuite: ${suite}\nCodename: ${codename}\nDate: ${new Date().toUTCString()}\n` +
      `Architectures: ${ARCHITECTURES.join(' ')}\nComponents: ${COMPONENTS.join(' ')}\nSHA256:\n${sums.join('')}`,
  );
}
