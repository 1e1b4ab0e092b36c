/**
 * Owns publishing the store: content and tree, into a folder that a web server serves or into a bucket. A plain rewrite
 * of the host then answers for GitHub.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import { makeFolder, writeFileAtomic } from '../util/files.ts';
import { sha256 } from '../util/sha256.ts';
import { placeInTree } from './download.ts';
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
  /** The lock's own text, published beside. */
  lock: string;
  /** Reads again what is there, instead of trusting its size. */
  full: boolean;
  emit: Emit;
  signal: AbortSignal;
}

const READ = 1024 * 1024;

/**
 * Into a folder: files by temp, fsync and rename, the tree as links.
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
    if (!isThere(to, asset, request.full)) {
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
    const told = attestationFile(asset);
    if (told !== undefined && fs.existsSync(path.join(request.store, told))) {
      await writeFileAtomic(path.join(folder, told), fs.readFileSync(path.join(request.store, told)));
    }
  }
  await writeFileAtomic(path.join(folder, 'assets.lock'), request.lock);
  return summary;
}

/** What a bucket is to a mirror. */
export interface ObjectStore {
  readonly uri: string;
  put(
    key: string,
    bytes: Buffer | string,
    options?: { contentType?: string | undefined; ifAbsent?: boolean | undefined },
  ): Promise<'written' | 'kept'>;
}

/** Into a bucket: it has no links, so every address is an object of its own. @throws as mirrorToFolder, and S3's */
export async function mirrorToObjects(objects: ObjectStore, request: MirrorRequest): Promise<MirrorSummary> {
  const summary: MirrorSummary = { to: objects.uri, written: { files: 0, bytes: 0 }, kept: 0 };
  const speed = speedometer(request.emit, 'mirror', request.assets);
  for (const asset of request.assets) {
    request.signal.throwIfAborted();
    const bytes = readChecked(path.join(request.store, contentPath(asset.sha256)), asset, request.store);
    const [url, ...also] = addressesOf(asset).map((address) => treePath(address) as string);
    const keys = [
      { key: contentPath(asset.sha256), ifAbsent: !request.full },
      { key: url as string, ifAbsent: !request.full },
      // `latest` moves.
      ...also.map((key) => ({ key, ifAbsent: false })),
    ];
    for (const { key, ifAbsent } of keys) {
      if ((await objects.put(key, bytes, { ifAbsent })) === 'kept') summary.kept += 1;
      else {
        summary.written.files += 1;
        summary.written.bytes += bytes.length;
      }
    }
    const told = attestationFile(asset);
    if (told !== undefined && fs.existsSync(path.join(request.store, told))) {
      await objects.put(told, fs.readFileSync(path.join(request.store, told)));
    }
    speed.bytes(asset.size);
    speed.file();
  }
  await objects.put('assets.lock', request.lock, { contentType: 'application/json' });
  return summary;
}

function attestationFile(asset: LockedAsset): string | undefined {
  return asset.attestations === undefined ? undefined : `attestations/${asset.sha256}.jsonl`;
}

function uniqueOf(assets: readonly LockedAsset[]): LockedAsset[] {
  return [...new Map(assets.map((asset) => [asset.sha256, asset])).values()];
}

function isThere(file: string, asset: LockedAsset, full: boolean): boolean {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.size !== asset.size) return false;
  return !full || digestOf(file) === asset.sha256;
}

function digestOf(file: string): string {
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(READ);
    for (let read: number; (read = fs.readSync(fd, buffer, 0, READ, null)) > 0;)
      hash.update(buffer.subarray(0, read));
  } finally {
    fs.closeSync(fd);
  }
  return hash.digest('hex');
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
    judge(hash.digest('hex'), asset);
    fs.renameSync(temp, to);
  } catch (error) {
    if (error instanceof BakeError) throw error;
    throw new BakeError('FOLDER_UNWRITABLE', { path: path.dirname(to), reason: (error as Error).message });
  } finally {
    fs.closeSync(input);
    fs.rmSync(temp, { force: true });
  }
}

function readChecked(file: string, asset: LockedAsset, store: string): Buffer {
  const fd = openStored(file, asset, store);
  try {
    const bytes = fs.readFileSync(fd);
    judge(sha256(bytes), asset);
    return bytes;
  } finally {
    fs.closeSync(fd);
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

function judge(found: string, { name, sha256: expected }: LockedAsset): void {
  if (found !== expected) throw new BakeError('ASSET_DIGEST', { name, expected, found });
}
