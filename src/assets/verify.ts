/** Checks the store against the lock, and removes files that the lock does not name. */
import fs from 'node:fs';
import path from 'node:path';
import type { Emit } from '../events/events.ts';
import { attestationPath } from './attestations.ts';
import { readLinkTarget } from './address-tree.ts';
import type { AssetJob, LaneSettings } from './lane.ts';
import { addressesOf, assetKey, type LockedAsset } from './lock.ts';
import { contentPath, linkTarget, treePath } from './paths.ts';
import { runPool } from './pool.ts';
import { speedometer } from './speed.ts';

export interface StoreFinding {
  kind: 'missing' | 'damaged' | 'link' | 'stray';
  /** The asset's name, or the path of a stray below the store. */
  name: string;
  reason: string;
}

export interface StoreCheck {
  files: number;
  bytes: number;
  findings: StoreFinding[];
}

export interface CheckRequest {
  assets: readonly LockedAsset[];
  store: string;
  settings: Omit<LaneSettings, 'store' | 'width'>;
  emit: Emit;
  signal: AbortSignal;
}

/** Reads every file of the lock and every link of its URLs, and lists all other files. Writes nothing. */
export async function checkStore(request: CheckRequest): Promise<StoreCheck> {
  const { assets, store, settings, emit, signal } = request;
  const byDigest = new Map(assets.map((asset) => [asset.sha256, asset]));
  const unique = [...byDigest.values()];
  const fileOf = (asset: LockedAsset): string => path.join(store, contentPath(asset.sha256));
  const byPath = new Map(unique.map((asset) => [fileOf(asset), asset]));
  const check: StoreCheck = { files: 0, bytes: 0, findings: [] };
  const stored = unique.filter((asset) => {
    if (fs.existsSync(fileOf(asset))) return true;
    check.findings.push({ kind: 'missing', name: assetKey(asset), reason: 'it is not in the store' });
    return false;
  });
  const speed = speedometer(emit, 'verify', stored);
  const jobs = stored.map((asset): AssetJob => ({ kind: 'hash', path: fileOf(asset), size: asset.size }));
  await runPool(
    jobs,
    { ...settings, store },
    {
      bytes: speed.bytes,
      outcome(outcome) {
        if (outcome.kind !== 'hashed') return;
        const asset = byPath.get(outcome.path) as LockedAsset;
        speed.file();
        if (outcome.sha256 === asset.sha256) {
          check.files += 1;
          check.bytes += outcome.bytes;
          return;
        }
        const reason = outcome.sha256 === '' ? 'it cannot be read' : `it has sha256 ${outcome.sha256}`;
        check.findings.push({ kind: 'damaged', name: assetKey(asset), reason });
      },
    },
    signal,
  );
  for (const asset of assets) check.findings.push(...wrongLinks(asset, store));
  for (const stray of straysOf(assets, store)) {
    check.findings.push({ kind: 'stray', name: stray, reason: 'the lock does not name it' });
  }
  return check;
}

function wrongLinks(asset: LockedAsset, store: string): StoreFinding[] {
  return addressesOf(asset).flatMap((url): StoreFinding[] => {
    const tree = treePath(url) as string;
    const found = readLinkTarget(path.join(store, tree));
    if (found === linkTarget(tree, asset.sha256)) return [];
    const reason = found === undefined ? `${tree} is missing` : `${tree} points to ${found}`;
    return [{ kind: 'link', name: assetKey(asset), reason }];
  });
}

/** Returns files and links below the store that the lock does not name: relative paths, sorted. */
export function straysOf(assets: readonly LockedAsset[], store: string): string[] {
  const named = namedInLock(assets);
  return filesBelow(store).filter((file) => !named(file));
}

/** Returns a predicate: whether the lock accounts for a path of the store or a mirror. */
export function namedInLock(assets: readonly LockedAsset[]): (file: string) => boolean {
  const named = new Set([
    'index.json',
    'assets.lock',
    ...assets.flatMap((asset) => [
      contentPath(asset.sha256),
      ...addressesOf(asset).map((url) => treePath(url) as string),
      attestationPath(asset.sha256),
    ]),
  ]);
  const digests = new Set(assets.map(({ sha256 }) => sha256));
  return (file) => {
    const [top = '', next = ''] = file.split('/');
    // Partial downloads and repacked archives have names that begin with the asset's digest.
    if (top === 'partial' || top === 'derived') {
      return digests.has(next.slice(0, 64)) || file === 'partial/held.json';
    }
    return named.has(file);
  };
}

/**
 * Removes the strays and the folders that become empty.
 * @returns the removed files and their size in bytes
 */
export function removeStrays(
  assets: readonly LockedAsset[],
  store: string,
): { files: string[]; bytes: number } {
  let bytes = 0;
  const files = straysOf(assets, store);
  for (const file of files) {
    const full = path.join(store, file);
    bytes += fs.lstatSync(full, { throwIfNoEntry: false })?.size ?? 0;
    fs.rmSync(full, { force: true });
    removeEmpty(path.dirname(full), store);
  }
  return { files, bytes };
}

function removeEmpty(folder: string, top: string): void {
  if (folder === top || !folder.startsWith(`${top}${path.sep}`)) return;
  try {
    fs.rmdirSync(folder);
  } catch {
    return;
  }
  removeEmpty(path.dirname(folder), top);
}

/** Lists every file and link; does not enter a folder that is a link. */
function filesBelow(store: string): string[] {
  if (!fs.existsSync(store)) return [];
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of fs.readdirSync(path.join(store, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else found.push(name);
    }
  };
  walk('');
  return found.sort();
}
