/** Checks a mirror in a bucket against the lock: missing, damaged and stray objects. Writes nothing. */
import pLimit from 'p-limit';
import type { Emit } from '../events/events.ts';
import { addressesOf, assetKey, type LockedAsset } from './lock.ts';
import { CONCURRENCY, inspectObject, type MirrorBucket } from './mirror.ts';
import { contentPath, treePath } from './paths.ts';
import { speedometer } from './speed.ts';
import { namedInLock, type StoreCheck } from './verify.ts';

export interface ObjectsCheck extends StoreCheck {
  /** Bytes read from objects: those without a digest in S3, or all with `full`. */
  read: number;
}

interface ObjectsRequest {
  assets: readonly LockedAsset[];
  bucket: MirrorBucket;
  /** Reads every object instead of using the digest that S3 keeps. */
  full: boolean;
  emit: Emit;
  signal: AbortSignal;
}

/**
 * Sends one HEAD per object and lists the keys. `files` and `bytes` count the right objects.
 * @throws BakeError STORE_MISSING, STORE_DENIED, AWS_…
 */
export async function checkObjects(request: ObjectsRequest): Promise<ObjectsCheck> {
  const { assets, bucket, full, emit, signal } = request;
  const check: ObjectsCheck = { files: 0, bytes: 0, read: 0, findings: [] };
  const expected = new Map<string, LockedAsset>();
  for (const asset of assets) {
    expected.set(contentPath(asset.sha256), asset);
    for (const url of addressesOf(asset)) expected.set(treePath(url) as string, asset);
  }
  const keys = await bucket.list('');
  const limit = pLimit(CONCURRENCY);
  const speed = speedometer(emit, 'verify', [...expected.values()]);
  const inspections = [...expected].map(([key, asset]) =>
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
        ? [{ kind: 'missing' as const, name, reason: `${key} is missing` }]
        : [{ kind: 'damaged' as const, name, reason: `${key} has ${found}` }];
    }),
  );
  check.findings.push(...(await Promise.all(inspections)).flat());
  const named = namedInLock(assets);
  for (const key of keys.filter((one) => !named(one))) {
    check.findings.push({ kind: 'stray', name: key, reason: 'the lock does not name it' });
  }
  return check;
}
