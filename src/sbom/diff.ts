/** Owns what differs between two images: kernel and drivers, then packages added, removed, upgraded, downgraded. */
import { compareText } from '../util/compare.ts';
import type { Listed, SbomContent } from './read.ts';
import { compareDeb, comparePython, compareRpm, type Compare } from './versions.ts';

export interface Change {
  kind: Listed['kind'];
  name: string;
  arch: string;
  place: string;
  /** null: it was not there. Several versions at once are separated by ", ". */
  from: string | null;
  /** null: it is gone. */
  to: string | null;
}

export interface SbomDiff {
  /** Null: the same. */
  kernel: Change | null;
  drivers: Change[];
  added: Change[];
  removed: Change[];
  upgraded: Change[];
  downgraded: Change[];
}

const ORDERS: Record<Listed['kind'], Compare> = {
  rpm: compareRpm,
  deb: compareDeb,
  pip: comparePython,
  // Their versions look like those of packages; nobody defines an order.
  kernel: compareRpm,
  driver: compareRpm,
  other: compareRpm,
};

/** Pure; each list is ordered by kind, name, architecture and place. */
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

/** Whether it went to an older version; the newest of several counts. */
export function isDowngrade({ kind, from, to }: Change): boolean {
  const [older, newer] = [from, to].map((versions) => versions?.split(', ').at(-1) ?? '');
  return ORDERS[kind](newer ?? '', older ?? '') < 0;
}

interface Versions {
  of: Listed;
  /** Oldest first, each once: several kernels are installed side by side. */
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

function changeOf(before: Versions | undefined, after: Versions | undefined): Change[] {
  const of = (after ?? before)?.of;
  if (!of) return [];
  const gone = before?.versions.filter((version) => !after?.versions.includes(version)) ?? [];
  const come = after?.versions.filter((version) => !before?.versions.includes(version)) ?? [];
  if (gone.length === 0 && come.length === 0) return [];
  const { kind, name, arch, place } = of;
  const joined = (versions: string[]) => (versions.length === 0 ? null : versions.join(', '));
  return [{ kind, name, arch, place, from: joined(gone), to: joined(come) }];
}
