/**
 * Publishes the store, content and tree, to a folder that a web server serves or to a bucket. A rewrite of the host alone
 * then answers for GitHub.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import { BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import type { BucketStore } from '../store/bucket.ts';
import { clearLeftovers, digestFile, makeFolder, writeFileAtomic } from '../util/files.ts';
import { attestationPath } from './attestations.ts';
import { placeInTree } from './address-tree.ts';
import { addressesOf, type LockedAsset } from './lock.ts';
import { contentPath, treePath } from './paths.ts';
import { speedometer } from './speed.ts';

export interface MirrorSummary {
  to: string;
  written: { files: number; bytes: number };
  kept: number;
}

export interface MirrorRequest {
  assets: readonly LockedAsset[];
  store: string;
  /** The text of the lock, published with the files. */
  lock: string;
  /** Reads existing files again instead of trusting their size. */
  full: boolean;
  emit: Emit;
  signal: AbortSignal;
}

const READ = 1024 * 1024;

/**
 * Publishes to a folder: files by temporary file, fsync and rename, the tree as links.
 * @throws BakeError ASSET_NOT_FETCHED, ASSET_DIGEST, FOLDER_UNWRITABLE
 */
export async function mirrorToFolder(folder: string, request: MirrorRequest): Promise<MirrorSummary> {
  const summary: MirrorSummary = { to: folder, written: { files: 0, bytes: 0 }, kept: 0 };
  const unique = uniqueOf(request.assets);
  const speed = speedometer(request.emit, 'mirror', unique);
  for (const asset of unique) {
    request.signal.throwIfAborted();
    const from = path.join(request.store, contentPath(asset.sha256));
    const to = path.join(folder, contentPath(asset.sha256));
    if (!(await isPublished(to, asset, request.full))) {
      await clearLeftovers(to);
      copyChecked(from, to, asset, request.store);
      summary.written.files += 1;
      summary.written.bytes += asset.size;
      speed.bytes(asset.size);
    } else {
      summary.kept += 1;
      speed.skip(asset.size);
    }
    speed.file();
  }
  for (const asset of request.assets) {
    for (const url of addressesOf(asset)) placeInTree(folder, url, asset.sha256);
    const file = attestationFile(asset);
    if (file !== undefined && fs.existsSync(path.join(request.store, file))) {
      await writeFileAtomic(path.join(folder, file), fs.readFileSync(path.join(request.store, file)));
    }
  }
  await writeFileAtomic(path.join(folder, 'assets.lock'), request.lock);
  return summary;
}

/** The methods that a mirror needs of a bucket of src/store/. */
export type MirrorBucket = Pick<BucketStore, 'uri' | 'look' | 'read' | 'copy' | 'put' | 'putFile' | 'list'>;

/**
 * Publishes to a bucket, which has no links: each URL becomes an object of its own, copied within S3.
 * @throws as mirrorToFolder, and S3's errors
 */
export async function mirrorToObjects(bucket: MirrorBucket, request: MirrorRequest): Promise<MirrorSummary> {
  const { store, full, emit, signal } = request;
  const summary: MirrorSummary = { to: bucket.uri, written: { files: 0, bytes: 0 }, kept: 0 };
  const limit = pLimit(CONCURRENCY);
  const unique = uniqueOf(request.assets);
  const speed = speedometer(emit, 'mirror', unique);
  const written = (asset: LockedAsset): void => {
    summary.written.files += 1;
    summary.written.bytes += asset.size;
  };
  await forEachAsset(unique, async (asset) => {
    signal.throwIfAborted();
    const key = contentPath(asset.sha256);
    if ((await inspectObject(bucket, key, asset, full)).as === 'right') {
      summary.kept += 1;
      speed.skip(asset.size);
    } else {
      const source = path.join(store, key);
      await checkSource(source, asset, store);
      await bucket.putFile(key, { source, size: asset.size, sha256: asset.sha256 });
      written(asset);
      speed.bytes(asset.size);
    }
    const file = attestationFile(asset);
    if (file !== undefined && fs.existsSync(path.join(store, file))) {
      await bucket.put(file, fs.readFileSync(path.join(store, file)));
    }
    speed.file();
  });
  await forEachAsset(request.assets, async (asset) => {
    for (const url of addressesOf(asset)) {
      signal.throwIfAborted();
      const key = treePath(url) as string;
      if ((await inspectObject(bucket, key, asset, full)).as === 'right') {
        summary.kept += 1;
        continue;
      }
      await bucket.copy(contentPath(asset.sha256), key);
      written(asset);
    }
  });
  await bucket.put('assets.lock', request.lock, { contentType: 'application/json' });
  return summary;

  function forEachAsset(assets: readonly LockedAsset[], work: (asset: LockedAsset) => Promise<void>) {
    return Promise.all(assets.map((asset) => limit(work, asset)));
  }
}

/** Concurrent requests to S3. */
export const CONCURRENCY = 16;

/** Whether an object has the locked content, and how many bytes were read to find out. */
export interface ObjectState {
  as: 'right' | 'absent' | 'wrong';
  /** The value that the object has instead. */
  found: string;
  read: number;
}

/**
 * Compares by the digest that S3 keeps with an object; reads the object where S3 has none, or with `full`.
 * @throws S3's errors
 */
export async function inspectObject(
  bucket: Pick<MirrorBucket, 'look' | 'read'>,
  key: string,
  { size, sha256 }: LockedAsset,
  full: boolean,
): Promise<ObjectState> {
  const there = await bucket.look(key);
  if (there === undefined) return { as: 'absent', found: '', read: 0 };
  if (there.size !== size) return { as: 'wrong', found: `${there.size} bytes`, read: 0 };
  const known = full ? undefined : there.sha256;
  const { digest, read } = known === undefined ? await readWhole(bucket, key) : { digest: known, read: 0 };
  return digest === sha256
    ? { as: 'right', found: '', read }
    : { as: 'wrong', found: `sha256 ${digest}`, read };
}

async function readWhole(
  bucket: Pick<MirrorBucket, 'read'>,
  key: string,
): Promise<{ digest: string; read: number }> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const chunk of (await bucket.read(key)) ?? []) {
    hash.update(chunk);
    read += chunk.length;
  }
  return { digest: hash.digest('hex'), read };
}

/** Reports a damaged store before anything is sent. */
async function checkSource(file: string, asset: LockedAsset, store: string): Promise<void> {
  fs.closeSync(openStored(file, asset, store));
  checkDigest((await digestFile(file)).sha256, asset);
}

function attestationFile(asset: LockedAsset): string | undefined {
  return asset.attestations === undefined ? undefined : attestationPath(asset.sha256);
}

function uniqueOf(assets: readonly LockedAsset[]): LockedAsset[] {
  return [...new Map(assets.map((asset) => [asset.sha256, asset])).values()];
}

async function isPublished(file: string, asset: LockedAsset, full: boolean): Promise<boolean> {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.size !== asset.size) return false;
  return !full || (await digestFile(file)).sha256 === asset.sha256;
}

function copyChecked(from: string, to: string, asset: LockedAsset, store: string): void {
  const input = openStored(from, asset, store);
  const temp = `${to}.${process.pid}.tmp`;
  try {
    makeFolder(path.dirname(to));
    const output = fs.openSync(temp, 'w', 0o644);
    const hash = createHash('sha256');
    try {
      const buffer = Buffer.allocUnsafe(READ);
      for (let read: number; (read = fs.readSync(input, buffer, 0, READ, null)) > 0;) {
        hash.update(buffer.subarray(0, read));
        for (let at = 0; at < read;) at += fs.writeSync(output, buffer, at, read - at);
      }
      fs.fsyncSync(output);
    } finally {
      fs.closeSync(output);
    }
    checkDigest(hash.digest('hex'), asset);
    fs.renameSync(temp, to);
  } catch (error) {
    if (error instanceof BakeError) throw error;
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(to), reason: (error as Error).message });
  } finally {
    fs.closeSync(input);
    fs.rmSync(temp, { force: true });
  }
}

function openStored(file: string, { name }: LockedAsset, store: string): number {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new BakeError('ASSET_NOT_FETCHED', { name, store });
    throw error;
  }
}

function checkDigest(found: string, { name, sha256: expected }: LockedAsset): void {
  if (found !== expected) throw new BakeError('ASSET_DIGEST', { name, expected, found });
}
