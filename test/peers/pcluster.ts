/** Finds the releases of pcluster that scripts/ci-setup installs, one environment each. */
import { existsSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../.cache');

/** The newest release, the last with alinux2 and awsbatch, the last with ubuntu2004, and the last that reads INI. */
export const releases = ['3.16.1', '3.15.1', '3.13.2', '2.11.9'] as const;
export type Release = (typeof releases)[number];

/** The folder of a release's programs. */
export function binOf(release: Release): string {
  return path.join(folder, `pcluster-${release}`, 'bin');
}

/** A PATH that begins with every release's programs, so that no other pcluster comes first. */
export const pclusterPath = releases.map(binOf).join(path.delimiter);

/** The reason why they cannot be used, or undefined if they can. CI must have them. */
export function pclusterMissing(): string | undefined {
  const missing = releases.filter((release) => !existsSync(path.join(binOf(release), 'pcluster')));
  if (missing.length === 0) return undefined;
  const reason = `pcluster ${missing.join(', ')} missing: scripts/ci-setup installs them`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}
