/** Owns what images get of the assets: each read from the store and held against the lock, archives packed anew. */
import fs from 'node:fs';
import path from 'node:path';
import type { AssetEntry, Assets } from '../config/assets-schema.ts';
import type { Located } from '../config/load.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { AssetHosts, ImageAsset } from '../image/inputs.ts';
import { sha256 } from '../util/sha256.ts';
import { repack } from './archive/repack.ts';
import { addressesOf, holdAgainst, keyOf, type LockedAsset } from './lock.ts';
import { contentPath, treePath } from './paths.ts';
import { lockPath, readLockFile } from './project.ts';
import { reported } from './trouble.ts';
import { wantedAssets } from './wanted.ts';

/** What an image carries goes through scripts as text: more than that belongs on a mirror or a file system. */
export const LARGEST_IN_IMAGE = 64 * 1024 * 1024;

const TREE = '/opt/bakery/assets';
const GIT = '/opt/bakery/git';

export interface AssetsForImages {
  assets: ImageAsset[];
  hosts: AssetHosts | undefined;
  errors: BakeError[];
}

/**
 * @param folder of bakery.yaml
 * @param readLocal reads a file that assets.yaml names; undefined: the finding was told
 */
export async function assetsForImages(
  loaded: Located<Assets>,
  folder: string,
  readLocal: (entry: AssetEntry, index: number) => Promise<Buffer | undefined>,
): Promise<AssetsForImages> {
  const { value } = loaded;
  const errors: BakeError[] = [];
  const store = path.resolve(folder, value.store);
  const wanted = wantedAssets(value).filter(({ entry }) => entry.image);
  const lockFile = lockPath(loaded.file);
  const lock = wanted.length === 0 ? undefined : await readLockFile(lockFile);
  const held = holdAgainst(wanted, lock ?? { assets: [] });
  if (held.stale.length > 0) {
    const names = held.stale.map(keyOf);
    errors.push(
      new BakeError(
        'ASSET_LOCK_STALE',
        { file: path.basename(lockFile), names },
        { place: { file: loaded.file } },
      ),
    );
  }
  const assets: ImageAsset[] = [];
  const collect = async (work: () => Promise<ImageAsset | undefined>): Promise<void> => {
    try {
      const asset = await reported(work);
      if (asset) assets.push(asset);
    } catch (error) {
      if (!(error instanceof BakeError)) throw error;
      errors.push(error);
    }
  };
  for (const [index, entry] of value.assets.entries()) {
    if (entry.file !== undefined) await collect(() => localAsset(entry, index, store, readLocal));
    for (const { wanted: one, locked } of held.fresh.filter((pair) => pair.wanted.entry === entry)) {
      await collect(() => storedAsset(one.entry, locked, store));
    }
  }
  // Ready-made ones stand in no file.
  const own = new Set(value.assets);
  for (const { wanted: one, locked } of held.fresh.filter((pair) => !own.has(pair.wanted.entry))) {
    await collect(() => storedAsset(one.entry, locked, store));
  }
  return { assets, hosts: value.hosts, errors };
}

async function localAsset(
  entry: AssetEntry,
  index: number,
  store: string,
  readLocal: (entry: AssetEntry, index: number) => Promise<Buffer | undefined>,
): Promise<ImageAsset | undefined> {
  const bytes = await readLocal(entry, index);
  if (!bytes || !entry.image) return undefined;
  const base = baseOf(entry, sha256(bytes), entry.path as string);
  if (!entry.unpack) return { ...base, content: bytes.toString('base64') };
  const file = path.join(store, 'partial', `${base.sha256}.local`);
  await fs.promises.mkdir(path.dirname(file), { recursive: true });
  await fs.promises.writeFile(file, bytes);
  try {
    return { ...base, ...(await unpacked(entry, file, base.sha256, store)) };
  } finally {
    await fs.promises.rm(file, { force: true });
  }
}

async function storedAsset(entry: AssetEntry, locked: LockedAsset, store: string): Promise<ImageAsset> {
  const { name, sha256: digest, size } = locked;
  const file = path.join(store, contentPath(digest));
  if (size > LARGEST_IN_IMAGE)
    throw new BakeError('ASSET_TOO_LARGE', { name, size, limit: LARGEST_IN_IMAGE });
  const bytes = await fs.promises.readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new BakeError('ASSET_NOT_FETCHED', { name, store });
    throw error;
  });
  const found = sha256(bytes);
  if (found !== digest) throw new BakeError('ASSET_DIGEST', { name, expected: digest, found });
  const addresses = addressesOf(locked).flatMap((url) => treePath(url) ?? []);
  if (entry.git) {
    const { host, pathname } = new URL(locked.url);
    const url = `https://${host}${pathname.replace(/\/bundle\/[^/]+$/, '.git')}`;
    const at = `${GIT}/${host}${pathname.replace(/\/bundle\/[^/]+$/, '.git')}`;
    const git = { url, commit: locked.commit ?? '' };
    return { ...baseOf(entry, digest, at), content: bytes.toString('base64'), git };
  }
  const base = baseOf(entry, digest, entry.path ?? `${TREE}/${addresses[0]}`);
  const arch = locked.arch === undefined ? {} : { for: { ...entry.for, arch: [locked.arch] } };
  if (entry.unpack) return { ...base, ...arch, ...(await unpacked(entry, file, digest, store)) };
  return { ...base, ...arch, addresses, content: bytes.toString('base64') };
}

function baseOf(entry: AssetEntry, digest: string, at: string): Omit<ImageAsset, 'content'> {
  const { name, mode, owner } = entry;
  return {
    name,
    path: at,
    mode,
    sha256: digest,
    ...(owner && { owner }),
    ...(entry.for && { for: entry.for }),
  };
}

async function unpacked(
  entry: AssetEntry,
  file: string,
  digest: string,
  store: string,
): Promise<Pick<ImageAsset, 'content' | 'unpack'>> {
  const { strip, setuid, mebibytes } = entry.unpack as NonNullable<typeof entry.unpack>;
  const out = path.join(store, 'derived', `${digest}-${strip}${setuid ? '-setuid' : ''}.tar`);
  const made = await repack(file, out, { name: entry.name, strip, setuid, mebibytes });
  if (made.size > LARGEST_IN_IMAGE) {
    await fs.promises.rm(out, { force: true });
    throw new BakeError('ASSET_TOO_LARGE', { name: entry.name, size: made.size, limit: LARGEST_IN_IMAGE });
  }
  const content = (await fs.promises.readFile(out)).toString('base64');
  return { content, unpack: { files: made.files, sums: made.sums, tar: made.sha256 } };
}
