/**
 * Builds the lab's root filesystems: scripts/make-rootfs makes three, and each OS's stock files are added to a copy.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

import { readSkeleton } from '../../../src/engines/rehearsal/skeleton.ts';
import { writeTar, type TarEntry } from '../../../src/util/tar.ts';
import type { Os } from '../../../src/os/os.ts';
import { packagePath } from '../../../src/util/package-path.ts';
import { cache, once } from './lab-once.ts';
import { osOf } from './lab-os.ts';
import { debs, fileOf, releaseOf, rpms, type LabPackage } from './lab-packages.ts';
import { repositories } from './lab-repositories.ts';
import { call } from './lab-run.ts';

export type Base = 'apt' | 'el' | 'boot';

/** The ParallelCluster version in `/opt/parallelcluster/.bootstrapped` of every root filesystem. */
export const parallelcluster = '3.15.1';

/**
 * A root filesystem of scripts/make-rootfs, built on first use (2 minutes): programs of Debian and of ParallelCluster,
 * without the configuration of an OS. The others that are named are built at the same time. It is read-only: rehearsals
 * write to an overlay.
 */
export async function baseRoot(name: Base, ...beside: readonly Base[]): Promise<string> {
  const script = packagePath('scripts', 'make-rootfs');
  await call('bash', [script, name, ...beside], { stderr: 'inherit' });
  return path.join(cache, name);
}

/**
 * The root filesystem of an OS, for `rehearse({ rootfs })`: real apt, or real dnf, rpm and update-ca-trust; the stock
 * repository files and leftovers of templates/skeleton; ParallelCluster's virtualenvs, AWS CLI, Node, JDKs and Cinc;
 * and the `image` packages of lab-packages.ts, including a kernel. alinux2 has rpm, but neither yum nor dnf, because
 * yum 3 runs on no current system. Built on first use, in a second.
 */
export async function rootOf(id: string): Promise<string> {
  const os = osOf(id);
  const base = await baseRoot(os.family === 'rhel' ? 'el' : 'apt');
  const packages = path.join(await repositories(), 'packages');
  const skeleton = await readSkeleton(os.id, os, { os: os.id, arch: 'x86_64', parallelcluster });
  const decides = [
    packages,
    await fs.readFile(`${base}.key`, 'utf8'),
    createHash('sha256').update(writeTar(skeleton)).digest('hex'),
  ];
  return once(`os-${id}`, ['lab-roots.ts'], JSON.stringify(decides), (root) =>
    build(root, { os, base, packages, skeleton }),
  );
}

interface Parts {
  os: Os;
  base: string;
  packages: string;
  skeleton: readonly TarEntry[];
}

async function build(root: string, { os, base, packages, skeleton }: Parts): Promise<void> {
  // Hard links share the programs with the base; files that programs modify in place are copied.
  await call('cp', ['-al', `${base}/.`, root]);
  for (const own of ['etc', 'var']) {
    await fs.rm(path.join(root, own), { recursive: true });
    await call('cp', ['-a', path.join(base, own), root]);
  }
  await call('tar', ['-xpf', '-', '-C', root, '--numeric-owner', '--same-owner'], {
    stdin: 'pipe',
    input: writeTar(skeleton),
  });
  // /etc/os-release is a link in Debian, so its target is still Debian's file.
  const release = path.join(root, 'usr/lib/os-release');
  await fs.rm(release);
  await fs.copyFile(path.join(root, 'etc/os-release'), release);
  const kind = os.family === 'rhel' ? 'rpm' : 'deb';
  await install(root, kind, packages, kind === 'deb' ? debs.filter(inImage) : rpms.filter(ofImage(os)));
  if (kind === 'rpm') await inside(root, ['update-ca-trust']);
  if (os.packageTool === 'yum') await removeFrom(path.join(root, 'usr', 'bin'), /^dnf/);
}

const inImage = ({ image }: LabPackage) => image === true;

/** The packages of an OS: of the release packages only its own. */
function ofImage(os: Os): (rpm: LabPackage) => boolean {
  const own = releaseOf[os.id];
  const all = new Set(Object.values(releaseOf).map(({ name }) => name));
  return (rpm) =>
    inImage(rpm) && (!all.has(rpm.name) || (rpm.name === own?.name && rpm.version === own.releasever));
}

async function install(root: string, kind: 'deb' | 'rpm', from: string, wanted: LabPackage[]): Promise<void> {
  const folder = path.join(root, 'lab');
  await fs.mkdir(folder);
  for (const each of wanted)
    await fs.copyFile(path.join(from, kind, fileOf(kind, each)), path.join(folder, fileOf(kind, each)));
  const files = wanted.map((each) => `/lab/${fileOf(kind, each)}`);
  const command =
    kind === 'deb'
      ? ['dpkg', '--force-unsafe-io', '-i', ...files]
      : ['rpm', '-i', '--nosignature', '--nodeps', ...files];
  await inside(root, command);
  await fs.rm(folder, { recursive: true });
}

/** Runs a program with the folder as its root, without a network. */
async function inside(root: string, command: readonly string[]): Promise<void> {
  const spaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  const env = ['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C'];
  await call('unshare', [...spaces, `--root=${root}`, '--mount-proc', ...env, ...command]);
}

async function removeFrom(folder: string, names: RegExp): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (names.test(name)) await fs.rm(path.join(folder, name));
  }
}
