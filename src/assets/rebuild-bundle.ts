/** Rebuilds a git bundle that no source has; the result must be the locked bytes. */
import fs from 'node:fs';
import path from 'node:path';
import type { GitRunner } from './git.ts';
import type { LockedAsset } from './lock.ts';
import { contentPath } from './paths.ts';
import { AssetError } from './asset-error.ts';

export interface RebuildContext {
  git: GitRunner;
  /** Whether bake may fetch from the repository itself. */
  origin: boolean;
  store: string;
}

/** Puts the bundle into the store. @throws AssetError ASSET_NOT_FETCHED, ASSET_GIT */
export async function rebuildBundle(
  asset: LockedAsset,
  { git, origin, store }: RebuildContext,
): Promise<void> {
  const { name, commit = '' } = asset;
  if (!origin) {
    throw new AssetError({ code: 'ASSET_NOT_FETCHED', context: { name, store }, retryable: false });
  }
  const [, , ref = ''] = asset.asked.split(' ');
  const remote = asset.url.replace(/\/bundle\/[^/]+$/, '.git');
  const made = await git.bundle({ name, remote, ref, commit });
  if (made.sha256 === asset.sha256) return;
  await fs.promises.rm(path.join(store, contentPath(made.sha256)), { force: true });
  const reason = `the bundle made here has sha256 ${made.sha256}, locked is ${asset.sha256}: another version of git packs differently; add a source that has it (bake assets mirror), or lock it again with --update ${name}`;
  throw new AssetError({ code: 'ASSET_GIT', context: { name, reason }, retryable: false });
}
