/** Reads the skeleton of a target from templates/skeleton/: the configuration of a stock image of its OS. */
import fs from 'node:fs/promises';
import path from 'node:path';

import type { OsFamily, Os } from '../../os/os.ts';
import { packagePath } from '../../util/package-path.ts';
import type { RehearsalTarget } from './contract.ts';
import type { TarEntry } from '../../util/tar.ts';

/** `skeleton.json` of a part: what plain files in a package cannot express. Paths are absolute paths inside. */
interface PartData {
  /** The parts that this one extends. Its own files replace theirs. */
  from?: string[];
  /** Link path → target. */
  links?: Record<string, string>;
  /** Folder → octal mode, for empty folders and for those whose mode is not 755. */
  folders?: Record<string, string>;
  /** File → octal mode, for files whose mode is not 644. */
  modes?: Record<string, string>;
  /** Values for `{{name}}`, by architecture. */
  values?: Record<string, Record<string, string>>;
}

const LOGIN_UID = 1000;
/** The file that ParallelCluster links Cinc's trust store to (aws-parallelcluster:cli/src/pcluster/resources/imagebuilder/parallelcluster.yaml, InstallCinc). */
const SYSTEM_BUNDLE: Record<OsFamily, string> = {
  rhel: '/etc/ssl/certs/ca-bundle.crt',
  debian: '/etc/ssl/certs/ca-certificates.crt',
};
/** The part with the files of every ParallelCluster image, for all operating systems. */
export const marksPart = '_parallelcluster';

/**
 * Reads a part and all parts that it extends, and replaces each `{{name}}` by its value: `user`, `parallelcluster`, `os`,
 * `arch`, `systembundle`, or a value of the parts themselves.
 * @param part an OS id, or `_parallelcluster` for the ParallelCluster files alone
 * @throws Error if a part is missing or a `{{name}}` has no value, which means that the package is damaged
 */
export async function readSkeleton(part: string, os: Os, target: RehearsalTarget): Promise<TarEntry[]> {
  const values: Record<string, string> = {
    os: os.id,
    user: os.user,
    parallelcluster: target.parallelcluster,
    arch: target.arch === 'arm64' ? 'aarch64' : target.arch,
    systembundle: SYSTEM_BUNDLE[os.family],
  };
  const parts = await lineage(part);
  for (const { data } of parts) Object.assign(values, data.values?.[target.arch]);
  const entries = new Map<string, TarEntry>();
  for (const { name, data } of parts) await addPart(entries, name, data, values);
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The parts in the order in which they are applied: a later one replaces files of an earlier one. */
async function lineage(part: string): Promise<{ name: string; data: PartData }[]> {
  const json = await fs.readFile(packagePath('templates', 'skeleton', part, 'skeleton.json'), 'utf8');
  const data = JSON.parse(json) as PartData;
  const below = await Promise.all((data.from ?? []).map((name) => lineage(name)));
  return [...below.flat(), { name: part, data }];
}

async function addPart(
  entries: Map<string, TarEntry>,
  part: string,
  data: PartData,
  values: Record<string, string>,
): Promise<void> {
  const fill = (text: string) => fillIn(text, values, part);
  const modes = byPath(data.modes, fill);
  const root = packagePath('templates', 'skeleton', part, 'root');
  for (const file of await filesBelow(root)) {
    const inside = fill(`/${path.relative(root, file).split(path.sep).join('/')}`);
    const content = Buffer.from(fill(await fs.readFile(file, 'utf8')));
    const mode = Number.parseInt(modes.get(inside) ?? '644', 8);
    addParents(entries, inside, values);
    set(entries, inside, { path: inside.slice(1), kind: 'file', mode, uid: owner(inside, values), content });
  }
  for (const [inside, mode] of byPath(data.folders, fill)) {
    addParents(entries, inside, values);
    set(entries, inside, folder(inside, Number.parseInt(mode, 8), values));
  }
  for (const [inside, to] of byPath(data.links, fill)) {
    addParents(entries, inside, values);
    set(entries, inside, { path: inside.slice(1), kind: 'link', target: fill(to) });
  }
}

async function filesBelow(root: string): Promise<string[]> {
  try {
    const found = await fs.readdir(root, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function addParents(entries: Map<string, TarEntry>, inside: string, values: Record<string, string>): void {
  for (let parent = path.posix.dirname(inside); parent !== '/'; parent = path.posix.dirname(parent)) {
    if (!entries.has(parent)) set(entries, parent, folder(parent, 0o755, values));
  }
}

function set(entries: Map<string, TarEntry>, inside: string, entry: TarEntry): void {
  entries.set(inside, entry);
}

function folder(inside: string, mode: number, values: Record<string, string>): TarEntry {
  return { path: inside.slice(1), kind: 'folder', mode, uid: owner(inside, values) };
}

function owner(inside: string, values: Record<string, string>): number {
  const home = `/home/${values['user'] ?? ''}`;
  return inside === home || inside.startsWith(`${home}/`) ? LOGIN_UID : 0;
}

function byPath(
  record: Record<string, string> | undefined,
  fill: (text: string) => string,
): Map<string, string> {
  return new Map(Object.entries(record ?? {}).map(([inside, value]) => [fill(inside), value]));
}

function fillIn(text: string, values: Record<string, string>, part: string): string {
  return text.replace(/\{\{([a-z]+)\}\}/gi, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`skeleton ${part}: {{${name}}} has no value`);
    return value;
  });
}
