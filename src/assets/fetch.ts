/** Fetches what is locked and not in the store, each file from the first source that has the right bytes. */
import fs from 'node:fs';
import path from 'node:path';
import { BakeError, throwAll } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import { rebuildBundle } from './rebuild-bundle.ts';
import type { DownloadTask } from './download.ts';
import { explainFailures, failureLimit, type AssetFailure } from './failures.ts';
import type { GitRunner } from './git.ts';
import type { AssetJob, LaneSettings, Outcome } from './lane.ts';
import { addressesOf, type LockedAsset } from './lock.ts';
import { contentPath, linkTarget, treePath } from './paths.ts';
import { runPool } from './pool.ts';
import { sourcesOf, type Sources } from './sources.ts';
import { speedometer } from './speed.ts';
import { claimStore, storedFileState, readIndex, writeIndex, type Index } from './store.ts';
import { readLinkTarget, placeInTree } from './address-tree.ts';
import { AssetError } from './asset-error.ts';

export interface FetchRequest extends Sources {
  assets: readonly LockedAsset[];
  /** Absolute. */
  store: string;
  git: GitRunner;
  settings: Omit<LaneSettings, 'store' | 'width'>;
  /** Reads every stored file again instead of trusting its size and time. */
  full: boolean;
  emit: Emit;
  signal: AbortSignal;
}

export interface FetchSummary {
  files: number;
  bytes: number;
  fetched: { files: number; bytes: number };
  /** Bytes that an earlier run had fetched and this run resumed from. */
  resumed: number;
  /** Already in the store: `reused` by size, time and recorded digest; `verified` by reading. */
  reused: { files: number; bytes: number };
  verified: { files: number; bytes: number };
  seconds: number;
}

/**
 * @throws BakeError, BakeErrors ASSET_…, FOLDER_UNWRITABLE: all failures, once the other files are fetched
 * @throws signal.reason when aborted; files fetched so far are kept
 */
export async function fetchAssets(request: FetchRequest): Promise<FetchSummary> {
  const { store, signal } = request;
  const started = performance.now();
  const release = claimStore(store);
  const index = readIndex(store);
  const before = index.size;
  const summary: FetchSummary = {
    files: 0,
    bytes: 0,
    fetched: { files: 0, bytes: 0 },
    resumed: 0,
    reused: { files: 0, bytes: 0 },
    verified: { files: 0, bytes: 0 },
    seconds: 0,
  };
  const failures: AssetFailure[] = [];
  let changed = false;
  try {
    const byDigest = new Map<string, LockedAsset>();
    for (const asset of request.assets) {
      const known = byDigest.get(asset.sha256);
      if (known !== undefined && known.size !== asset.size) {
        const context = { file: 'assets.lock', reason: `${asset.sha256} has two sizes` };
        throw new BakeError('ASSET_LOCK_SYNTAX', context);
      }
      if (known === undefined) byDigest.set(asset.sha256, asset);
      summary.files += 1;
      summary.bytes += asset.size;
    }
    const unique = [...byDigest.values()];
    const missing: LockedAsset[] = [];
    const unverified: LockedAsset[] = [];
    for (const asset of unique) {
      const state = storedFileState(store, asset.sha256, asset.size, index);
      if (state === 'absent') missing.push(asset);
      else if (state === 'unknown' || request.full) unverified.push(asset);
      else count(summary.reused, asset);
    }
    await readAgain(unverified, { request, index, summary, missing });
    changed = unverified.length > 0 || missing.length > 0;
    await downloadAll(missing, { request, index, summary, failures });
    for (const asset of request.assets) repairTree(store, asset, failures);
  } finally {
    try {
      if (changed || index.size !== before) await writeIndex(store, index);
    } finally {
      release();
    }
  }
  signal.throwIfAborted();
  summary.seconds = (performance.now() - started) / 1000;
  throwAll(await explainFailures(failures, request));
  return summary;
}

interface Work {
  request: FetchRequest;
  index: Index;
  summary: FetchSummary;
}

/** Hashes stored files; removes the damaged ones and adds them to `missing`. */
async function readAgain(
  assets: readonly LockedAsset[],
  { request, index, summary, missing }: Work & { missing: LockedAsset[] },
): Promise<void> {
  if (assets.length === 0) return;
  const { store, emit, signal } = request;
  const byPath = new Map(assets.map((asset) => [path.join(store, contentPath(asset.sha256)), asset]));
  const jobs = [...byPath].map(([file, { size }]): AssetJob => ({ kind: 'hash', path: file, size }));
  const speed = speedometer(emit, 'verify', assets);
  await runPool(
    jobs,
    { ...request.settings, store },
    {
      bytes: speed.bytes,
      outcome(outcome) {
        if (outcome.kind !== 'hashed') return;
        const asset = byPath.get(outcome.path) as LockedAsset;
        if (outcome.sha256 === asset.sha256) {
          index.set(asset.sha256, [asset.size, fs.statSync(outcome.path).mtimeMs]);
          count(summary.verified, asset);
        } else {
          index.delete(asset.sha256);
          fs.rmSync(outcome.path, { force: true });
          missing.push(asset);
          emit({
            type: 'warning',
            text: `asset ${asset.name} is damaged in the store; bake fetches it again`,
          });
        }
        speed.file();
      },
    },
    signal,
  );
}

async function downloadAll(
  assets: readonly LockedAsset[],
  work: Work & { failures: AssetFailure[] },
): Promise<void> {
  const { request, index, summary, failures } = work;
  const { store, emit, signal } = request;
  if (assets.length === 0) return;
  const speed = speedometer(emit, 'fetch', assets);
  const byDigest = new Map(assets.map((asset) => [asset.sha256, asset]));
  const bundles: LockedAsset[] = [];
  const jobs: AssetJob[] = [];
  for (const asset of assets) {
    const from = await sourcesOf(asset, request);
    if (from.length > 0) jobs.push({ kind: 'download', task: taskOf(asset, from) });
    else bundles.push(asset);
  }
  const gaveUp = new AbortController();
  const limit = failureLimit();
  const onOutcome = (outcome: Outcome): void => {
    if (outcome.kind === 'downloaded') {
      limit.succeeded();
      const { task, mtimeMs, fetched, resumed } = outcome.done;
      index.set(task.sha256, [task.size, mtimeMs]);
      summary.fetched.files += 1;
      summary.fetched.bytes += fetched;
      summary.resumed += resumed;
      speed.skip(resumed);
      speed.file();
    } else if (outcome.kind === 'failed' && outcome.job.kind === 'download') {
      const asset = byDigest.get(outcome.job.task.sha256) as LockedAsset;
      // The bundle is rebuilt from the repository.
      if (asset.kind === 'git' && request.origin) bundles.push(asset);
      else failures.push({ asset, problem: outcome.problem });
      if (limit.isReached(outcome.problem.code)) gaveUp.abort();
    }
  };
  const either = AbortSignal.any([signal, gaveUp.signal]);
  const progress = { bytes: speed.bytes, outcome: onOutcome };
  try {
    await runPool(jobs, { ...request.settings, store }, progress, either);
  } catch (error) {
    if (!gaveUp.signal.aborted) throw error;
  }
  signal.throwIfAborted();
  for (const asset of bundles) {
    signal.throwIfAborted();
    try {
      await rebuildBundle(asset, request);
      index.set(asset.sha256, [asset.size, fs.statSync(path.join(store, contentPath(asset.sha256))).mtimeMs]);
      summary.fetched.files += 1;
      summary.fetched.bytes += asset.size;
      speed.bytes(asset.size);
      speed.file();
    } catch (error) {
      if (!(error instanceof AssetError)) throw error;
      failures.push({ asset, problem: error.problem });
    }
  }
}

function taskOf(asset: LockedAsset, from: readonly string[]): DownloadTask {
  const { name, url, also, api, size, sha256 } = asset;
  return { name, url, also, api, size, sha256, from };
}

/** Replaces a link that is missing or points elsewhere. */
function repairTree(store: string, asset: LockedAsset, failures: readonly AssetFailure[]): void {
  if (failures.some((one) => one.asset.sha256 === asset.sha256)) return;
  for (const url of addressesOf(asset)) {
    const tree = treePath(url);
    if (tree === undefined || readLinkTarget(path.join(store, tree)) === linkTarget(tree, asset.sha256))
      continue;
    placeInTree(store, url, asset.sha256);
  }
}

function count(sum: { files: number; bytes: number }, { size }: LockedAsset): void {
  sum.files += 1;
  sum.bytes += size;
}
