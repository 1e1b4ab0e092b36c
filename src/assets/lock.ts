/** Reads and writes assets.lock: sorted JSON in one canonical form, so that a difference in git is a real one. Pure. */
import { z } from 'zod';
import { BakeError } from '../errors/bake-error.ts';
import { compareText } from '../util/compare.ts';
import { isReservedName, treePath } from './paths.ts';
import type { RequestedAsset } from './requested.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

const locked = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  arch: z.enum(['x86_64', 'arm64']).optional(),
  kind: z.enum(['release', 'archive', 'raw', 'git', 'url']),
  /** The request in assets.yaml that this asset was locked for. */
  asked: z.string().min(1).max(1000),
  /** Its URL on GitHub, and its path in the tree of a mirror. */
  url: z.url({ protocol: /^https$/ }).max(2000),
  /** Other URLs of the same bytes, for the tree of a mirror: an archive by its tag, a release by latest. */
  also: z
    .array(z.url({ protocol: /^https$/ }).max(2000))
    .max(20)
    .optional(),
  /** The resolved tag of a release. */
  tag: z.string().max(200).optional(),
  commit: z.union([hex(40), hex(64)]).optional(),
  size: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  sha256: hex(64),
  /** The source of the digest: GitHub's API, a file of sums, assets.yaml, the first download, or git's bundle. */
  digestFrom: z.enum(['api', 'sums', 'assets.yaml', 'download', 'bundle']),
  /** For an archive, the digest of its content, which does not depend on the compression. */
  tree: hex(64).optional(),
  /** URL of the same file at GitHub's API, for private repositories. */
  api: z
    .url({ protocol: /^https$/ })
    .max(2000)
    .optional(),
  /** Number of artifact attestations stored beside it. */
  attestations: z.int().min(1).max(1000).optional(),
});

const lockSchema = z.strictObject({ version: z.literal(1), assets: z.array(locked).max(100_000) });

export type LockedAsset = z.output<typeof locked>;

export interface Lock {
  assets: readonly LockedAsset[];
}

/** @throws BakeError ASSET_LOCK_SYNTAX */
export function readLock(text: string, file: string): Lock {
  const refuse = (reason: string): BakeError =>
    new BakeError('ASSET_LOCK_SYNTAX', { file, reason }, { place: { file } });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const conflict = /^<{7} /m.test(text) ? 'it has conflict markers of git' : (error as Error).message;
    throw refuse(conflict);
  }
  const checked = lockSchema.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw refuse(`${issue?.path.map(String).join('.') || 'the file'}: ${issue?.message ?? 'wrong'}`);
  }
  const seen = new Map<string, string>();
  const places = new Map<string, string>();
  for (const asset of checked.data.assets) {
    const key = assetKey(asset);
    if (seen.has(key)) throw refuse(`it lists ${key} twice`);
    seen.set(key, asset.sha256);
    for (const url of addressesOf(asset)) {
      const tree = treePath(url);
      if (tree === undefined || isReservedName(tree.split('/')[0] as string)) {
        throw refuse(`${key}: ${url} is not the URL of a file`);
      }
      if ((places.get(tree) ?? asset.sha256) !== asset.sha256) {
        throw refuse(`${url} is locked with two digests`);
      }
      places.set(tree, asset.sha256);
    }
  }
  return { assets: checked.data.assets };
}

const KEYS = Object.keys(locked.shape) as (keyof LockedAsset)[];

/** Writes the canonical form: assets by name and architecture, keys in the order of the schema. */
export function writeLock({ assets }: Lock): string {
  const sorted = [...assets].sort((a, b) => compareText(assetKey(a), assetKey(b)));
  const plain = sorted.map((asset) =>
    Object.fromEntries(KEYS.filter((key) => asset[key] !== undefined).map((key) => [key, asset[key]])),
  );
  return `${JSON.stringify({ version: 1, assets: plain }, null, 2)}\n`;
}

/** Returns every URL of an asset. */
export function addressesOf({ url, also }: Pick<LockedAsset, 'url' | 'also'>): string[] {
  return [url, ...(also ?? [])];
}

/** `name`, or `name (arm64)` where each architecture has its own file. */
export function assetKey({ name, arch }: { name: string; arch?: string | undefined }): string {
  return arch === undefined ? name : `${name} (${arch})`;
}

export interface LockDiff {
  added: LockedAsset[];
  removed: LockedAsset[];
  changed: { from: LockedAsset; to: LockedAsset }[];
  unchanged: number;
}

/** Returns the differences, in the order of the file. */
export function diffLocks(before: Lock, after: Lock): LockDiff {
  const old = new Map(before.assets.map((asset) => [assetKey(asset), asset]));
  const diff: LockDiff = { added: [], removed: [], changed: [], unchanged: 0 };
  for (const to of after.assets) {
    const from = old.get(assetKey(to));
    old.delete(assetKey(to));
    if (from === undefined) diff.added.push(to);
    else if (writeLock({ assets: [from] }) !== writeLock({ assets: [to] })) diff.changed.push({ from, to });
    else diff.unchanged += 1;
  }
  diff.removed.push(...old.values());
  return diff;
}

export interface LockMatch {
  /** Locked for the same request. */
  fresh: { requested: RequestedAsset; locked: LockedAsset }[];
  /** Not locked, or locked for another request. */
  stale: RequestedAsset[];
}

/** Matches the requests of assets.yaml with the lock. */
export function matchLock(requested: readonly RequestedAsset[], { assets }: Lock): LockMatch {
  const known = new Map(assets.map((asset) => [assetKey(asset), asset]));
  const match: LockMatch = { fresh: [], stale: [] };
  for (const one of requested) {
    const found = known.get(assetKey(one));
    if (found?.asked === one.asked) match.fresh.push({ requested: one, locked: found });
    else match.stale.push(one);
  }
  return match;
}
