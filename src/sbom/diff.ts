/** Compares two images: kernel and drivers, and packages that were added, removed, upgraded or downgraded. */
import { compareText } from '../util/compare.ts';
import type { Listed, SbomContent } from './read.ts';
import { compareDeb, comparePython, compareRpm, type Compare } from './versions.ts';

export interface SbomChange {
  kind: Listed['kind'];
  name: string;
  arch: string;
  place: string;
  /** null if it was not installed. Several versions are separated by ", ". */
  from: string | null;
  /** null if it is no longer installed. */
  to: string | null;
}

export interface SbomDiff {
  /** null if the kernel is the same. */
  kernel: SbomChange | null;
  drivers: SbomChange[];
  added: SbomChange[];
  removed: SbomChange[];
  upgraded: SbomChange[];
  downgraded: SbomChange[];
}

const ORDERS: Record<Listed['kind'], Compare> = {
  rpm: compareRpm,
  deb: compareDeb,
  pip: comparePython,
  // Their versions look like those of packages, but no order is defined for them.
  kernel: compareRpm,
  driver: compareRpm,
  other: compareRpm,
};

/** Pure. Each list is ordered by kind, name, architecture and place. */
export function diffSboms(a: SbomContent, b: SbomContent): SbomDiff {
  const [before, after] = [versionsOf(a), versionsOf(b)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort(compareText);
  const all = keys.flatMap((key) => changeOf(before.get(key), after.get(key)));
  const packages = all.filter(({ kind }) => kind !== 'kernel' && kind !== 'driver');
  const moved = packages.filter((change) => change.from !== null && change.to !== null);
  return {
    kernel: all.find(({ kind }) => kind === 'kernel') ?? null,
    drivers: all.filter(({ kind }) => kind === 'driver'),
    added: packages.filter(({ from }) => from === null),
    removed: packages.filter(({ to }) => to === null),
    upgraded: moved.filter((change) => !isDowngrade(change)),
    downgraded: moved.filter(isDowngrade),
  };
}

/** Whether the version decreased; of several versions, the newest counts. */
export function isDowngrade({ kind, from, to }: SbomChange): boolean {
  const [older, newer] = [from, to].map((versions) => versions?.split(', ').at(-1) ?? '');
  return ORDERS[kind](newer ?? '', older ?? '') < 0;
}

interface Versions {
  of: Listed;
  /** Unique, oldest first. There may be several: kernels are installed side by side. */
  versions: string[];
}

function versionsOf({ listed }: SbomContent): Map<string, Versions> {
  const found = new Map<string, Versions>();
  for (const one of listed) {
    const key = [one.kind, one.name, one.arch, one.place].join('\0');
    const known = found.get(key) ?? { of: one, versions: [] };
    if (!known.versions.includes(one.version)) known.versions.push(one.version);
    found.set(key, known);
  }
  for (const { of, versions } of found.values()) versions.sort(ORDERS[of.kind]);
  return found;
}

function changeOf(before: Versions | undefined, after: Versions | undefined): SbomChange[] {
  const of = (after ?? before)?.of;
  if (!of) return [];
  const gone = before?.versions.filter((version) => !after?.versions.includes(version)) ?? [];
  const added = after?.versions.filter((version) => !before?.versions.includes(version)) ?? [];
  if (gone.length === 0 && added.length === 0) return [];
  const { kind, name, arch, place } = of;
  const joined = (versions: string[]) => (versions.length === 0 ? null : versions.join(', '));
  return [{ kind, name, arch, place, from: joined(gone), to: joined(added) }];
}
