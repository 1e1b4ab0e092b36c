/**
 * The store of assets on this machine: an index of its files by size, time and recorded digest, and the lease that
 * lets one command at a time change it.
 */
import fs from 'node:fs';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import { makeFolder, writeFileAtomic } from '../util/files.ts';
import { checkOwner, thisProcess, type Owner } from '../util/owner.ts';
import { contentPath } from './paths.ts';

/** Digest → size and modification time (milliseconds) of the file when its digest was checked. */
export type Index = Map<string, readonly [size: number, mtimeMs: number]>;

const INDEX = 'index.json';
const HELD = 'partial/held.json';

/** Treats an unreadable index as empty: fetch then hashes every file. */
export function readIndex(store: string): Index {
  try {
    const value = JSON.parse(fs.readFileSync(path.join(store, INDEX), 'utf8')) as unknown;
    if (typeof value !== 'object' || value === null) return new Map();
    return new Map(
      Object.entries(value).filter((entry): entry is [string, [number, number]] => isRow(entry)),
    );
  } catch {
    return new Map();
  }
}

function isRow([digest, row]: [string, unknown]): boolean {
  return (
    /^[0-9a-f]{64}$/.test(digest) && Array.isArray(row) && row.length === 2 && row.every(Number.isFinite)
  );
}

/** @throws BakeError FOLDER_UNWRITABLE */
export async function writeIndex(store: string, index: Index): Promise<void> {
  const sorted = [...index].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = sorted.map(([digest, row]) => `"${digest}":${JSON.stringify(row)}`).join(',\n');
  await writeFileAtomic(path.join(store, INDEX), `{${text}}\n`);
}

/**
 * Returns the state of a file without reading it: `trusted` where size and time equal the index.
 */
export function storedFileState(
  store: string,
  digest: string,
  size: number,
  index: Index,
): 'trusted' | 'unknown' | 'absent' {
  const stat = fs.statSync(path.join(store, contentPath(digest)), { throwIfNoEntry: false });
  if (stat === undefined) return 'absent';
  const [knownSize, knownTime] = index.get(digest) ?? [];
  return stat.size === size && knownSize === size && knownTime === stat.mtimeMs ? 'trusted' : 'unknown';
}

/**
 * Takes the store's lease for this process, or takes it over from a dead owner.
 * @returns the function that releases it
 * @throws BakeError ASSET_STORE_HELD, FOLDER_UNWRITABLE
 */
export function claimStore(store: string): () => void {
  const file = path.join(store, HELD);
  const me = thisProcess();
  try {
    makeFolder(path.dirname(file));
    for (let tries = 0; ; tries++) {
      try {
        fs.writeFileSync(file, JSON.stringify(me), { flag: 'wx' });
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const owner = ownerOf(file);
        if (owner !== undefined && checkOwner(owner) !== 'dead') {
          throw new BakeError('ASSET_STORE_HELD', {
            store,
            owner: `process ${owner.pid} on ${owner.host.split('/')[0]}`,
          });
        }
        if (tries === 5) throw error;
        fs.rmSync(file, { force: true });
      }
    }
  } catch (error) {
    if (error instanceof BakeError) throw error;
    throw new BakeError('FOLDER_UNWRITABLE', { path: store, reason: (error as Error).message });
  }
  return () => {
    const owner = ownerOf(file);
    if (owner?.pid === me.pid && owner.host === me.host) fs.rmSync(file, { force: true });
  };
}

function ownerOf(file: string): Owner | undefined {
  try {
    const value = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Owner>;
    if (typeof value.pid !== 'number' || typeof value.host !== 'string') return undefined;
    return { pid: value.pid, host: value.host, started: value.started ?? '' };
  } catch {
    return undefined;
  }
}
