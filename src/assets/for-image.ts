/** Prepares the assets of images: reads each from the store, checks it against the lock, and repacks archives. */
import fs from 'node:fs';
import path from 'node:path';
import type { AssetEntry, Assets } from '../config/assets-schema.ts';
import type { Located } from '../config/load.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { AssetHosts, ImageAsset } from '../image/inputs.ts';
import { SMALL_FILE, type StepFile } from '../image/step.ts';
import { digestFile } from '../util/files.ts';
import { addressesOf, matchLock, assetKey, type LockedAsset } from './lock.ts';
import { contentPath, treePath } from './paths.ts';
import { lockPath, readLockFile } from './project.ts';
import { withBakeErrors } from './asset-error.ts';
import { requestedAssets } from './requested.ts';

/**
 * Limit in bytes of one file. While its step runs, the root volume holds it twice, and an official image has some 10 GiB
 * free; S3 takes 5 GiB in one request. Larger files belong on a mirror or a file system.
 */
const LARGEST_IN_IMAGE = 2 * 1024 * 1024 * 1024;

const TREE = '/opt/bakery/assets';
const GIT = '/opt/bakery/git';

export interface AssetsForImages {
  assets: ImageAsset[];
  hosts: AssetHosts | undefined;
  errors: BakeError[];
}

/** Finds a file that assets.yaml names and checks its digest; undefined: the finding was reported already. */
type LookAtLocal = (entry: AssetEntry, index: number) => Promise<StepFile | undefined>;

/**
 * Reads every file once, whole, and keeps none in memory.
 * @param folder of bakery.yaml
 */
export async function assetsForImages(
  loaded: Located<Assets>,
  folder: string,
  lookAtLocal: LookAtLocal,
): Promise<AssetsForImages> {
  const { value } = loaded;
  const errors: BakeError[] = [];
  const store = path.resolve(folder, value.store);
  const requested = requestedAssets(value).filter(({ entry }) => entry.image);
  const lockFile = lockPath(loaded.file);
  const lock = requested.length === 0 ? undefined : await readLockFile(lockFile);
  const match = matchLock(requested, lock ?? { assets: [] });
  if (match.stale.length > 0) {
    const names = match.stale.map(assetKey);
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
      const asset = await withBakeErrors(work);
      if (asset) assets.push(asset);
    } catch (error) {
      if (!(error instanceof BakeError)) throw error;
      errors.push(error);
    }
  };
  for (const [index, entry] of value.assets.entries()) {
    if (entry.file !== undefined) {
      const file = path.resolve(folder, entry.file);
      await collect(() => localAsset(entry, file, store, () => lookAtLocal(entry, index)));
    }
    for (const { requested: one, locked } of match.fresh.filter((pair) => pair.requested.entry === entry)) {
      await collect(() => storedAsset(one.entry, locked, store));
    }
  }
  // Ready-made entries are in no file.
  const own = new Set(value.assets);
  for (const { requested: one, locked } of match.fresh.filter((pair) => !own.has(pair.requested.entry))) {
    await collect(() => storedAsset(one.entry, locked, store));
  }
  return { assets, hosts: value.hosts, errors };
}

async function localAsset(
  entry: AssetEntry,
  local: string,
  store: string,
  look: () => Promise<StepFile | undefined>,
): Promise<ImageAsset | undefined> {
  // Checks the size before reading; the reader reports a missing file.
  if (entry.image) refuseTooLarge(entry.name, fs.statSync(local, { throwIfNoEntry: false })?.size ?? 0);
  const file = await look();
  if (!file || !entry.image) return undefined;
  const base = baseOf(entry, file.sha256, entry.path as string);
  if (entry.unpack) return { ...base, ...(await unpacked(entry, file, store)) };
  return { ...base, file: await withContent(file) };
}

async function storedAsset(entry: AssetEntry, locked: LockedAsset, store: string): Promise<ImageAsset> {
  const { name, sha256: digest, size } = locked;
  refuseTooLarge(name, size);
  const source = path.join(store, contentPath(digest));
  const found = await digestFile(source).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new BakeError('ASSET_NOT_FETCHED', { name, store });
    throw error;
  });
  if (found.sha256 !== digest)
    throw new BakeError('ASSET_DIGEST', { name, expected: digest, found: found.sha256 });
  const file: StepFile = { ...found, source };
  const addresses = addressesOf(locked).flatMap((url) => treePath(url) ?? []);
  if (entry.git) {
    const { host, pathname } = new URL(locked.url);
    const url = `https://${host}${pathname.replace(/\/bundle\/[^/]+$/, '.git')}`;
    const at = `${GIT}/${host}${pathname.replace(/\/bundle\/[^/]+$/, '.git')}`;
    const git = { url, commit: locked.commit ?? '' };
    return { ...baseOf(entry, digest, at), file: await withContent(file), git };
  }
  const base = baseOf(entry, digest, entry.path ?? `${TREE}/${addresses[0]}`);
  const arch = locked.arch === undefined ? {} : { for: { ...entry.for, arch: [locked.arch] } };
  if (entry.unpack) return { ...base, ...arch, ...(await unpacked(entry, file, store)) };
  return { ...base, ...arch, addresses, file: await withContent(file) };
}

/** @throws BakeError ASSET_TOO_LARGE */
function refuseTooLarge(name: string, size: number): void {
  if (size > LARGEST_IN_IMAGE)
    throw new BakeError('ASSET_TOO_LARGE', { name, size, limit: LARGEST_IN_IMAGE });
}

async function withContent(file: StepFile): Promise<StepFile> {
  if (file.size > SMALL_FILE) return file;
  return { ...file, content: (await fs.promises.readFile(file.source)).toString('base64') };
}

function baseOf(entry: AssetEntry, digest: string, at: string): Omit<ImageAsset, 'file'> {
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
  archive: StepFile,
  store: string,
): Promise<Pick<ImageAsset, 'file' | 'unpack'>> {
  const { strip, setuid, mebibytes } = entry.unpack as NonNullable<typeof entry.unpack>;
  const source = path.join(store, 'derived', `${archive.sha256}-${strip}${setuid ? '-setuid' : ''}.tar`);
  // Only images with an unpacked archive pay for loading the readers.
  const { repack } = await import('./archive/repack.ts');
  const made = await repack(archive.source, source, { name: entry.name, strip, setuid, mebibytes });
  const { sha256, size, files, sums } = made;
  try {
    refuseTooLarge(entry.name, size);
  } catch (error) {
    await fs.promises.rm(source, { force: true });
    throw error;
  }
  return { file: await withContent({ sha256, size, source }), unpack: { files, sums } };
}
