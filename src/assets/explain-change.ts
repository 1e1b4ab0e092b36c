/**
 * Explains why a source archive has other bytes than locked: a newer compressor packed the same files
 * (github.blog 2023-02-21), or the files changed. Downloads it once more to compare, and discards it.
 */
import path from 'node:path';
import { archiveTreeDigest } from './archive/tree-digest.ts';
import { downloadTo, removePart, type FirstDownloadContext } from './first-download.ts';
import type { LockedAsset } from './lock.ts';
import type { AssetProblem } from './asset-error.ts';

/** @returns the same problem, or ASSET_CHANGED with the cause */
export async function explainChange(
  problem: AssetProblem,
  asset: LockedAsset,
  downloadContext: FirstDownloadContext,
): Promise<AssetProblem> {
  const { code, context } = problem;
  const { url } = context as { url?: string };
  const other = code === 'ASSET_CHANGED' || code === 'ASSET_LENGTH';
  if (!other || asset.tree === undefined || url === undefined || !/^https?:/.test(url)) return problem;
  const { name, sha256: expected } = asset;
  const part = path.join(downloadContext.store, 'partial', `${expected}.odd`);
  try {
    const { sha256: found } = await downloadTo(part, { name, url }, downloadContext);
    if (found === expected) return problem;
    const sameTree = (await archiveTreeDigest(part, name)) === asset.tree;
    return { code: 'ASSET_CHANGED', context: { name, url, expected, found, sameTree }, retryable: false };
  } catch {
    // The comparison failed: report the original problem.
    return problem;
  } finally {
    removePart(part);
  }
}
