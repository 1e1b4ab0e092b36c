/**
 * Owns what a source archive with other bytes is: packed anew by a newer compressor (github.blog 2023-02-21), or changed.
 * It is got once more to be looked into, and thrown away.
 */
import path from 'node:path';
import { treeOfArchive } from './archive/tree.ts';
import { downloadTo, forget, type Around } from './first.ts';
import type { LockedAsset } from './lock.ts';
import type { Trouble } from './trouble.ts';

/** @returns the same trouble, or ASSET_CHANGED that says which of both it is */
export async function lookedInto(trouble: Trouble, asset: LockedAsset, around: Around): Promise<Trouble> {
  const { code, context } = trouble;
  const { url } = context as { url?: string };
  const other = code === 'ASSET_CHANGED' || code === 'ASSET_LENGTH';
  if (!other || asset.tree === undefined || url === undefined || !/^https?:/.test(url)) return trouble;
  const { name, sha256: expected } = asset;
  const part = path.join(around.store, 'partial', `${expected}.odd`);
  try {
    const { sha256: found } = await downloadTo(part, { name, url }, around);
    if (found === expected) return trouble;
    const sameTree = (await treeOfArchive(part, name)) === asset.tree;
    return { code: 'ASSET_CHANGED', context: { name, url, expected, found, sameTree }, passing: false };
  } catch {
    // It cannot be looked into: what is known stays what is told.
    return trouble;
  } finally {
    forget(part);
  }
}
