/** Checks whether this machine has the programs that the lab needs. If not, tests are skipped, but CI fails. */
import fs from 'node:fs/promises';

import { findOnPath } from '../../../src/engines/rehearsal/isolation.ts';
import { packagePath } from '../../../src/util/package-path.ts';

/** Program → Debian package; scripts/ci-setup installs all of them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'apt-ftparchive': 'apt-utils',
  createrepo_c: 'createrepo-c',
  dnf: 'dnf',
  'dpkg-deb': 'dpkg',
  git: 'git',
  gpg: 'gnupg',
  ip: 'iproute2',
  mmdebstrap: 'mmdebstrap',
  nft: 'nftables',
  nginx: 'nginx-light',
  openssl: 'openssl',
  rpmbuild: 'rpm',
  trust: 'p11-kit',
};

/**
 * Why this machine cannot run a lab; undefined if it can. For `describe.skipIf(await noLab() !== undefined)`.
 * @param ci whether a missing program is a failure: `CI=true`
 * @param programs the required programs, with their Debian packages
 * @throws Error with the reason, in CI
 */
export async function noLab(
  ci = process.env['CI'] === 'true',
  programs: Readonly<Record<string, string>> = PROGRAMS,
): Promise<string | undefined> {
  const reason = await lack(programs);
  if (reason === undefined) return undefined;
  if (ci) throw new Error(`the lab must run in CI, but ${reason}`);
  process.stderr.write(`skipped, no lab: ${reason}\n`);
  return reason;
}

async function lack(programs: Readonly<Record<string, string>>): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'network namespaces and root filesystems need root';
  const there = await Promise.all(Object.keys(programs).map((program) => findOnPath(program)));
  const missing = Object.entries(programs).filter((_, index) => there[index] === undefined);
  if (missing.length > 0)
    return `not on this machine: ${missing.map(([program, name]) => `${program} (${name})`).join(', ')}`;
  const ready = await fs.access(packagePath('.cache', 'node-22')).then(
    () => true,
    () => false,
  );
  return ready ? undefined : 'scripts/ci-setup has not run here: .cache/node-22 is missing';
}
