/** Owns the inventory as it comes out of an image: tab-separated lines, read into packages, kernel and drivers. */
import { gunzipSync } from 'node:zlib';
import { INVENTORY } from '../image/inventory.ts';
import { joinData, type DataPiece } from '../image/report.ts';

export interface Package {
  kind: 'rpm' | 'deb' | 'pip';
  name: string;
  /** rpm: `epoch:version-release`; deb: as dpkg has it; pip: as its metadata has it. */
  version: string;
  /** rpm, deb: of the package; pip: empty. */
  arch: string;
  /** pip: the environment it is installed in. */
  place: string;
}

export interface Inventory {
  /** os-release ID and VERSION_ID; empty where it has none. */
  os: string;
  osVersion: string;
  /** Release of the kernel that boots; empty: there is none. */
  kernel: string;
  drivers: { name: string; version: string }[];
  packages: Package[];
  /** Programs that were not there to ask. */
  lacking: string[];
}

/** Whether the OS's own packages are in it: in a rehearsal over a machine of another family they are not. */
export function isComplete({ packages, lacking }: Inventory): boolean {
  return lacking.length === 0 && packages.some(({ kind }) => kind !== 'pip');
}

/** No list of packages is larger; a gzip file that pretends to be one must not fill the memory. */
const LARGEST = 64 * 1024 * 1024;

/** What an image told of itself, or why that is not to be had. Never throws. */
export function readInventory(said: readonly DataPiece[]): Inventory | { lacks: string } {
  const joined = joinData(INVENTORY, said);
  if ('lacks' in joined) return joined;
  try {
    return parseInventory(gunzipSync(joined.bytes, { maxOutputLength: LARGEST }).toString('utf8'));
  } catch (error) {
    return { lacks: (error as Error).message };
  }
}

/** Lines of a kind that this version does not know are left out. Never throws. */
export function parseInventory(text: string): Inventory {
  const found: Inventory = { os: '', osVersion: '', kernel: '', drivers: [], packages: [], lacking: [] };
  for (const line of text.split('\n')) {
    const [kind, first = '', second = '', third = ''] = line.split('\t');
    if (first === '') continue;
    if (kind === 'os') [found.os, found.osVersion] = [first, second];
    if (kind === 'kernel') found.kernel = first;
    if (kind === 'lacking') found.lacking.push(first);
    if (second === '') continue;
    if (kind === 'driver') found.drivers.push({ name: first, version: second });
    // The keys that sign packages are in rpm's database, but none of them.
    if ((kind === 'rpm' && first !== 'gpg-pubkey') || kind === 'deb')
      found.packages.push({ kind, name: first, version: plain(second), arch: third, place: '' });
    if (kind === 'pip')
      found.packages.push({ kind, name: canonical(first), version: second, arch: '', place: third });
  }
  return found;
}

/** rpm prints an epoch of 0 where there is none. */
function plain(version: string): string {
  return version.replace(/^0:/, '');
}

/** Source: the name normalisation of Python packaging (PEP 503). */
function canonical(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}
