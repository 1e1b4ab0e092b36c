/** Finds the package family of a root filesystem in its os-release. */
import type { OsFamily } from '../../os/os.ts';

const FAMILIES: Record<string, OsFamily> = {
  debian: 'debian',
  ubuntu: 'debian',
  rhel: 'rhel',
  fedora: 'rhel',
  centos: 'rhel',
  rocky: 'rhel',
  amzn: 'rhel',
};

/**
 * Returns the family of ID, or of the first known id in ID_LIKE; undefined if none of them is known.
 * Source: os-release(5), "applications should check ID first, then ID_LIKE".
 */
export function familyOf(osRelease: string): OsFamily | undefined {
  const ids = [field(osRelease, 'ID'), ...field(osRelease, 'ID_LIKE').split(' ')];
  for (const id of ids) {
    if (Object.hasOwn(FAMILIES, id)) return FAMILIES[id];
  }
  return undefined;
}

function field(osRelease: string, name: string): string {
  for (const line of osRelease.split(/\r?\n/)) {
    if (!line.startsWith(`${name}=`)) continue;
    const value = line.slice(name.length + 1).trim();
    return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
  }
  return '';
}
