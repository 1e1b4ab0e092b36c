/** The actions of `bake assets`: lock, fetch, verify, mirror and gc. Each loads only the modules that it needs. */
import type { FetchSummary } from '../../assets/fetch.ts';
import type { LockDiff } from '../../assets/lock.ts';
import type { MirrorSummary } from '../../assets/mirror.ts';
import type { AssetsProject } from '../../assets/project.ts';
import type { StoreCheck, StoreFinding } from '../../assets/verify.ts';
import type { Planned } from '../../run/confirm.ts';
import { sha256 } from '../../util/sha256.ts';
import { enginesOf } from '../engines.ts';
import type { Invocation } from '../invocation.ts';
import { configFile, isDefaultConfig } from '../places.ts';
import { assetsUsage, connectBuckets, openS3Sources, mirrorPlace } from './places.ts';

/** @throws BakeErrors of bakery.yaml and assets.yaml */
export async function openAssetsProject(invocation: Invocation): Promise<AssetsProject> {
  const { openAssets } = await import('../../assets/project.ts');
  return openAssets({
    config: configFile(invocation),
    explicit: !isDefaultConfig(invocation.options),
    env: invocation.env,
    engines: await enginesOf(invocation),
  });
}

export interface LockPlan extends Planned {
  /** Whether there is no lock file yet. */
  isFirst: boolean;
  diff: LockDiff;
  /** The new content of the lock file. */
  text: string;
}

/** Asks the hosts which files and digests belong in the lock file. @throws BakeErrors ASSET_… */
export async function planLock(
  { host, options, signal }: Invocation,
  project: AssetsProject,
): Promise<LockPlan> {
  const { lockAssets } = await import('../../assets/lock-command.ts');
  const { writeLock } = await import('../../assets/lock.ts');
  const { before, after, diff } = await lockAssets(project, {
    update: options.update,
    emit: host.emit,
    signal,
  });
  const text = writeLock(after);
  const changes = diff.added.length + diff.changed.length + diff.removed.length;
  const from = before === undefined ? null : sha256(writeLock(before));
  const write = { what: project.lockFile, from, to: sha256(text) };
  const writes = changes > 0 || before === undefined ? [write] : [];
  return { writes, isFirst: before === undefined, diff, text };
}

/** @throws BakeError FOLDER_UNWRITABLE, FILE_UNWRITABLE */
export async function saveLock({ lockFile }: AssetsProject, { text }: LockPlan): Promise<void> {
  const { writeFileAtomic } = await import('../../util/files.ts');
  await writeFileAtomic(lockFile, text);
}

/** Downloads the locked assets into the store. @throws BakeErrors ASSET_…, STORE_… */
export async function fetchLockedAssets(
  invocation: Invocation,
  project: AssetsProject,
): Promise<FetchSummary> {
  const { host, options, signal } = invocation;
  const { fetchLocked } = await import('../../assets/project.ts');
  const s3 = await openS3Sources(invocation, project);
  try {
    return await fetchLocked(project, {
      full: options.full,
      addressIn: s3?.addressIn,
      emit: host.emit,
      signal,
    });
  } finally {
    await s3?.close();
  }
}

export interface AssetsCheck {
  /** The folder or bucket that was checked. */
  store: string;
  check: StoreCheck & { read?: number };
  /** Findings in files of the project itself. */
  local: StoreFinding[];
}

/** Compares the store, or the mirror at --to, with the lock file. @throws BakeError USAGE, ASSET_…, STORE_… */
export async function verifyAssets(invocation: Invocation, project: AssetsProject): Promise<AssetsCheck> {
  const { to } = invocation.options;
  const { assets } = project.requireLock();
  const store = to === undefined ? project.store : mirrorPlace(to, 'verify', invocation.cwd);
  const check = store.startsWith('s3://')
    ? await checkBucket(store, assets, invocation, project)
    : await checkFolder(store, assets, invocation, project);
  return { store, check, local: await project.checkFiles() };
}

type LockedAssets = ReturnType<AssetsProject['requireLock']>['assets'];

async function checkBucket(
  place: string,
  assets: LockedAssets,
  invocation: Invocation,
  project: AssetsProject,
): Promise<AssetsCheck['check']> {
  const { host, options, signal } = invocation;
  const { checkObjects } = await import('../../assets/verify-objects.ts');
  const buckets = await connectBuckets(invocation, project);
  try {
    const { full } = options;
    return await checkObjects({ assets, bucket: buckets.bucket(place), full, emit: host.emit, signal });
  } finally {
    await buckets.close();
  }
}

async function checkFolder(
  store: string,
  assets: LockedAssets,
  { host, options, signal }: Invocation,
  { settings }: AssetsProject,
): Promise<AssetsCheck['check']> {
  const { exists } = await import('../../util/files.ts');
  // A store that is still empty has a finding for each file; a mirror that does not exist is a typing error.
  if (options.to !== undefined && !(await exists(store))) {
    throw assetsUsage(
      `verify --to: there is no folder ${store}; bake assets mirror --to ${options.to} makes it`,
    );
  }
  const { checkStore } = await import('../../assets/verify.ts');
  return checkStore({ assets, store, settings, emit: host.emit, signal });
}

/** Publishes the store to the folder or bucket at --to. @throws BakeError USAGE, ASSET_…, STORE_… */
export async function mirrorAssets(invocation: Invocation, project: AssetsProject): Promise<MirrorSummary> {
  const { host, options, cwd, signal } = invocation;
  const to = mirrorPlace(options.to, 'mirror', cwd);
  const { mirrorToFolder, mirrorToObjects } = await import('../../assets/mirror.ts');
  const { writeLock } = await import('../../assets/lock.ts');
  const lock = project.requireLock();
  const request = {
    assets: lock.assets,
    store: project.store,
    lock: writeLock(lock),
    full: options.full,
    emit: host.emit,
    signal,
  };
  if (!to.startsWith('s3://')) return mirrorToFolder(to, request);
  const buckets = await connectBuckets(invocation, project);
  try {
    return await mirrorToObjects(buckets.bucket(to), request);
  } finally {
    await buckets.close();
  }
}

/** Finds the files of the store that the lock file does not name. */
export async function planRemoval(project: AssetsProject): Promise<Planned> {
  const { straysOf } = await import('../../assets/verify.ts');
  const { assets } = project.requireLock();
  return {
    writes: straysOf(assets, project.store).map((file) => ({ what: file, from: 'there', to: null })),
  };
}

/** Removes them, with the store locked. @throws BakeError ASSET_STORE_HELD */
export async function removeUnlocked(project: AssetsProject): Promise<{ files: string[]; bytes: number }> {
  const { removeStrays } = await import('../../assets/verify.ts');
  const { claimStore } = await import('../../assets/store.ts');
  const { assets } = project.requireLock();
  const release = claimStore(project.store);
  try {
    return removeStrays(assets, project.store);
  } finally {
    release();
  }
}
