/** Reads the inventory that an image reports: tab-separated lines with packages, kernel and drivers. */
import { gunzipSync } from 'node:zlib';
import { INVENTORY } from '../image/inventory.ts';
import { joinData, type DataPiece } from '../image/report.ts';

export interface Package {
  kind: 'rpm' | 'deb' | 'pip';
  name: string;
  /** rpm: `epoch:version-release`; deb: as dpkg prints it; pip: as in its metadata. */
  version: string;
  /** rpm, deb: the package's architecture; pip: empty. */
  arch: string;
  /** pip: the environment that contains it. */
  place: string;
}

export interface Inventory {
  /** os-release ID and VERSION_ID; empty if the file does not have them. */
  os: string;
  osVersion: string;
  /** Release of the kernel that boots; empty if there is no kernel. */
  kernel: string;
  drivers: { name: string; version: string }[];
  packages: Package[];
  /** Programs that the inventory needs and that are not installed. */
  missingPrograms: string[];
}

/** Whether it contains the OS's packages: a rehearsal on a machine of another family cannot list them. */
export function isComplete({ packages, missingPrograms }: Inventory): boolean {
  return missingPrograms.length === 0 && packages.some(({ kind }) => kind !== 'pip');
}

/** Limit in bytes, so that a small gzip file cannot fill the memory. No real list of packages is as large. */
const LARGEST = 64 * 1024 * 1024;

/** The inventory that an image reported, or why it cannot be read. Never throws. */
export function readInventory(data: readonly DataPiece[]): Inventory | { problem: string } {
  const joined = joinData(INVENTORY, data);
  if ('problem' in joined) return joined;
  try {
    return parseInventory(gunzipSync(joined.bytes, { maxOutputLength: LARGEST }).toString('utf8'));
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Ignores lines of an unknown kind. Never throws. */
export function parseInventory(text: string): Inventory {
  const found: Inventory = {
    os: '',
    osVersion: '',
    kernel: '',
    drivers: [],
    packages: [],
    missingPrograms: [],
  };
  for (const line of text.split('\n')) {
    const [kind, first = '', second = '', third = ''] = line.split('\t');
    if (first === '') continue;
    if (kind === 'os') [found.os, found.osVersion] = [first, second];
    if (kind === 'kernel') found.kernel = first;
    if (kind === 'lacking') found.missingPrograms.push(first);
    if (kind === 'driver' && second !== '') found.drivers.push({ name: first, version: second });
    const one = packageOf(kind, first, second, third);
    if (one !== undefined && one.version !== '') found.packages.push(one);
  }
  return found;
}

/** undefined if the line is not that of a package. */
function packageOf(
  kind: string | undefined,
  name: string,
  version: string,
  third: string,
): Package | undefined {
  if (kind === 'pip') return { kind, name: canonical(name), version, arch: '', place: third };
  // rpm's database also contains the keys that sign packages, as packages with this name.
  if ((kind === 'rpm' && name !== 'gpg-pubkey') || kind === 'deb')
    return { kind, name, version: plain(version), arch: third, place: '' };
  return undefined;
}

/** rpm prints the epoch 0 for a package without an epoch. */
function plain(version: string): string {
  return version.replace(/^0:/, '');
}

/** Source: the name normalisation of Python packaging (PEP 503). */
function canonical(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
