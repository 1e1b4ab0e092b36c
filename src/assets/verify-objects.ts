/** Owns checking a mirror in a bucket against the lock: what is missing, damaged or strange. Writes nothing. */
import pLimit from 'p-limit';
import type { Emit } from '../events/events.ts';
import { addressesOf, assetKey, type LockedAsset } from './lock.ts';
import { CONCURRENCY, inspectObject, type MirrorBucket } from './mirror.ts';
import { contentPath, treePath } from './paths.ts';
import { speedometer } from './speed.ts';
import { namedInLock, type StoreCheck } from './verify.ts';

export interface ObjectsCheck extends StoreCheck {
  /** Bytes that had to be fetched, since S3 keeps no digest with the object or all was to be read. */
  read: number;
}

interface ObjectsRequest {
  assets: readonly LockedAsset[];
  bucket: MirrorBucket;
  /** Reads every object, instead of asking S3 for the digest it keeps. */
  full: boolean;
  emit: Emit;
  signal: AbortSignal;
}

/**
 * One HEAD an object, and the list of keys. `files` and `bytes` are of the right ones.
 * @throws BakeError STORE_MISSING, STORE_DENIED, AWS_…
 */
export async function checkObjects(request: ObjectsRequest): Promise<ObjectsCheck> {
  const { assets, bucket, full, emit, signal } = request;
  const check: ObjectsCheck = { files: 0, bytes: 0, read: 0, findings: [] };
  const wanted = new Map<string, LockedAsset>();
  for (const asset of assets) {
    wanted.set(contentPath(asset.sha256), asset);
    for (const url of addressesOf(asset)) wanted.set(treePath(url) as string, asset);
  }
  const keys = await bucket.list('');
  const limit = pLimit(CONCURRENCY);
  const speed = speedometer(emit, 'verify', [...wanted.values()]);
  const looks = [...wanted].map(([key, asset]) =>
    limit(async () => {
      signal.throwIfAborted();
      const { as, found, read } = await inspectObject(bucket, key, asset, full);
      check.read += read;
      speed.bytes(asset.size);
      speed.file();
      if (as === 'right') {
        check.files += 1;
        check.bytes += asset.size;
        return [];
      }
      const name = assetKey(asset);
      return as === 'absent'
        ? [{ kind: 'missing' as const, name, reason: `${key} is not there` }]
        : [{ kind: 'damaged' as const, name, reason: `${key} has ${found}` }];
    }),
  );
  check.findings.push(...(await Promise.all(looks)).flat());
  const named = namedInLock(assets);
  for (const key of keys.filter((one) => !named(one))) {
    check.findings.push({ kind: 'stray', name: key, reason: 'no lock names it' });
  }
  return check;
}
