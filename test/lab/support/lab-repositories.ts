/** Builds the lab's packages and signed repositories once; changes of other files of the lab do not rebuild them. */
import fs from 'node:fs/promises';
import path from 'node:path';

import { aptRepository, buildDebs } from './lab-debs.ts';
import { once } from './lab-once.ts';
import { buildRpms, rpmRepository } from './lab-rpms.ts';
import { call } from './lab-run.ts';
import type { Signer } from './lab-write.ts';

const SOURCES = [
  'lab-repositories.ts',
  'lab-packages.ts',
  'lab-debs.ts',
  'lab-rpms.ts',
  'lab-run.ts',
  'lab-write.ts',
];

/** A folder with apt/, rpm/, packages/{deb,rpm}/ (all packages) and lab.asc, the public key. */
export function repositories(): Promise<string> {
  return once('repositories', SOURCES, '', build);
}

async function build(folder: string): Promise<void> {
  // The paths of gpg's sockets must be short.
  const home = await fs.mkdtemp('/tmp/bake-gpg-');
  try {
    const sign = await makeKey(folder, home);
    await Promise.all([buildDebs(folder), buildRpms(folder, sign)]);
    await fs.rm(path.join(folder, 'build'), { recursive: true });
    await Promise.all([aptRepository(folder, sign), rpmRepository(folder)]);
  } finally {
    await call('gpgconf', ['--homedir', home, '--kill', 'all']);
    await fs.rm(home, { recursive: true, force: true });
  }
}

/** RSA: rpm of EL 8 supports no other algorithm that is fast enough here. */
async function makeKey(folder: string, home: string): Promise<Signer> {
  const name = 'Lab Mirror <lab@corp.example>';
  const gpg = ['--homedir', home, '--batch', '--quiet'];
  await call('gpg', [...gpg, '--passphrase', '', '--quick-gen-key', name, 'rsa2048', 'sign', 'never']);
  await fs.writeFile(path.join(folder, 'lab.asc'), `${await call('gpg', [...gpg, '--armor', '--export'])}\n`);
  return { home, name };
}
