/** Expands assets.yaml into one request per file: by architecture, and with the ready-made entries. Pure. */
import type { AssetEntry, Assets } from '../config/assets-schema.ts';
import type { Architecture } from '../os/os.ts';
import { readyMade } from './ready-made.ts';

export type AssetKind = 'release' | 'archive' | 'raw' | 'git' | 'url';

/** One file to lock. */
export interface RequestedAsset {
  name: string;
  /** Set where the entry requests a file per architecture. */
  arch?: Architecture | undefined;
  kind: AssetKind;
  entry: AssetEntry;
  /** The request in one line; a locked file with another request is stale. */
  asked: string;
}

const ARCHITECTURES = ['x86_64', 'arm64'] as const;

/** Returns all requests in the order of the file, without local files, which need no lock. */
export function requestedAssets(assets: Assets): RequestedAsset[] {
  return allEntries(assets).flatMap(requestsOf);
}

/**
 * Returns the entries of the file, then the ready-made ones, each once even where two releases share it. An entry of
 * the file replaces a ready-made one of the same name.
 */
export function allEntries({ assets, include }: Pick<Assets, 'assets' | 'include'>): AssetEntry[] {
  const own = new Set(assets.map(({ name }) => name));
  const ready = new Map(
    include.flatMap((name) => readyMade.get(name) ?? []).map((entry) => [entry.name, entry]),
  );
  return [...assets, ...[...ready.values()].filter(({ name }) => !own.has(name))];
}

function requestsOf(entry: AssetEntry): RequestedAsset[] {
  const { name } = entry;
  if (entry.release) {
    const { repo, tag, file, sums } = entry.release;
    const words = entry.release.arch ?? { x86_64: 'x86_64', arm64: 'aarch64' };
    const asked = (named: string): string =>
      ['release', repo, tag, named, ...(sums === undefined ? [] : [`sums=${sums}`])].join(' ');
    if (!file.includes('{arch}')) return [{ name, kind: 'release', entry, asked: asked(file) }];
    const arches = ARCHITECTURES.filter((arch) => entry.for?.arch?.includes(arch) ?? true);
    return arches.map((arch) => ({
      name,
      arch,
      kind: 'release',
      entry,
      asked: asked(file.replaceAll('{arch}', words[arch])),
    }));
  }
  if (entry.archive) {
    return [{ name, kind: 'archive', entry, asked: `archive ${entry.archive.repo} ${entry.archive.ref}` }];
  }
  if (entry.raw) {
    const { repo, ref, file } = entry.raw;
    return [{ name, kind: 'raw', entry, asked: `raw ${repo} ${ref} ${file}` }];
  }
  if (entry.git) {
    return [{ name, kind: 'git', entry, asked: `git ${entry.git.repo} ${entry.git.ref}` }];
  }
  return entry.url === undefined ? [] : [{ name, kind: 'url', entry, asked: `url ${entry.url}` }];
}
