/** Owns fetching: what is locked and not in the store comes in, from the first source that has the right bytes. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BakeError, throwAll } from '../errors/bake-error.ts';
import type { ErrorCode } from '../errors/table.ts';
import type { Emit } from '../events/events.ts';
import { linkOf, placeInTree, type Task } from './download.ts';
import type { GitRunner } from './git.ts';
import type { Job, LaneSettings, Outcome } from './lane.ts';
import { addressesOf, type LockedAsset } from './lock.ts';
import { contentPath, linkTarget, partPath, treePath } from './paths.ts';
import { runPool } from './pool.ts';
import { speedometer } from './speed.ts';
import { holdStore, look, readIndex, writeIndex, type Index } from './store.ts';
import { treeOfArchive } from './archive/tree.ts';
import { toBakeError, Troubled, type Trouble } from './trouble.ts';

export interface FetchRequest {
  assets: readonly LockedAsset[];
  /** Absolute. */
  store: string;
  /** As in assets.yaml, without s3://. */
  sources: readonly string[];
  /** Gets an object of `s3://` sources into a file; before all others. */
  fromStore?: ((key: string, file: string) => Promise<void>) | undefined;
  /** Whether what no source has comes from where it was locked. */
  origin: boolean;
  git: GitRunner;
  settings: Omit<LaneSettings, 'store' | 'width'>;
  /** Reads every file that is there, instead of trusting size and time. */
  full: boolean;
  emit: Emit;
  signal: AbortSignal;
}

export interface FetchSummary {
  files: number;
  bytes: number;
  fetched: { files: number; bytes: number };
  /** Bytes that a run before had fetched and this one went on from. */
  resumed: number;
  /** In the store already: by size, time and recorded digest; or read again. */
  reused: { files: number; bytes: number };
  verified: { files: number; bytes: number };
  seconds: number;
}

/**
 * @throws BakeError, BakeErrors ASSET_…, FOLDER_UNWRITABLE: all that failed, once the others are in
 * @throws signal.reason when aborted; what came so far is kept
 */
export async function fetchAssets(request: FetchRequest): Promise<FetchSummary> {
  const { store, signal } = request;
  const started = performance.now();
  const release = holdStore(store);
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
  const troubles: { asset: LockedAsset; trouble: Trouble }[] = [];
  let touched = false;
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
    const unsure: LockedAsset[] = [];
    for (const asset of unique) {
      const state = look(store, asset.sha256, asset.size, index);
      if (state === 'absent') missing.push(asset);
      else if (state === 'unknown' || request.full) unsure.push(asset);
      else count(summary.reused, asset);
    }
    await readAgain(unsure, { request, index, summary, missing });
    touched ||= unsure.length > 0;

    await takeFromStore(missing, request);
    touched ||= missing.length > 0;
    await downloadAll(missing, { request, index, summary, troubles });
    for (const asset of request.assets) repairTree(store, asset, troubles);
  } finally {
    try {
      if (touched || index.size !== before) await writeIndex(store, index);
    } finally {
      release();
    }
  }
  signal.throwIfAborted();
  summary.seconds = (performance.now() - started) / 1000;
  throwAll(await explainAll(troubles, store, request.emit));
  return summary;
}

interface Work {
  request: FetchRequest;
  index: Index;
  summary: FetchSummary;
}

/** Hashes files that are there; those that are wrong are taken out and become missing. */
async function readAgain(
  assets: readonly LockedAsset[],
  { request, index, summary, missing }: Work & { missing: LockedAsset[] },
): Promise<void> {
  if (assets.length === 0) return;
  const { store, emit, signal } = request;
  const byPath = new Map(assets.map((asset) => [path.join(store, contentPath(asset.sha256)), asset]));
  const jobs = [...byPath].map(([file, { size }]): Job => ({ kind: 'hash', path: file, size }));
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
          emit({ type: 'warning', text: `asset ${asset.name} is damaged in the store: it is fetched again` });
        }
        speed.file();
      },
    },
    signal,
  );
}

/** From `s3://` sources, on this thread: the AWS client is here. What comes is a part that the download then judges. */
async function takeFromStore(assets: readonly LockedAsset[], request: FetchRequest): Promise<void> {
  const { fromStore, store, signal } = request;
  if (fromStore === undefined) return;
  for (const { sha256 } of assets) {
    signal.throwIfAborted();
    const part = path.join(store, partPath(sha256));
    if (!fs.existsSync(part)) await fromStore(contentPath(sha256), part);
  }
}

async function downloadAll(
  assets: readonly LockedAsset[],
  work: Work & { troubles: { asset: LockedAsset; trouble: Trouble }[] },
): Promise<void> {
  const { request, index, summary, troubles } = work;
  const { store, emit, signal } = request;
  if (assets.length === 0) return;
  const speed = speedometer(emit, 'fetch', assets);
  const byDigest = new Map(assets.map((asset) => [asset.sha256, asset]));
  const bundles: LockedAsset[] = [];
  const jobs: Job[] = [];
  for (const asset of assets) {
    const from = sourcesOf(asset, request);
    if (from.length > 0) jobs.push({ kind: 'download', task: taskOf(asset, from) });
    else bundles.push(asset);
  }
  const gaveUp = new AbortController();
  let inVain = 0;
  const onOutcome = (outcome: Outcome): void => {
    if (outcome.kind === 'downloaded') {
      inVain = 0;
      const { task, mtimeMs, fetched, resumed } = outcome.done;
      index.set(task.sha256, [task.size, mtimeMs]);
      summary.fetched.files += 1;
      summary.fetched.bytes += fetched;
      summary.resumed += resumed;
      speed.skip(resumed);
      speed.file();
    } else if (outcome.kind === 'failed' && outcome.job.kind === 'download') {
      const asset = byDigest.get(outcome.job.task.sha256) as LockedAsset;
      // A bundle that no source has is made again.
      if (asset.kind === 'git' && request.origin) bundles.push(asset);
      else troubles.push({ asset, trouble: outcome.trouble });
      if (HOST_WIDE.has(outcome.trouble.code)) inVain += 1;
      if (inVain >= ENOUGH || outcome.trouble.code === 'ASSET_RATE_LIMIT') gaveUp.abort();
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
      await bundleAgain(asset, request);
      index.set(asset.sha256, [asset.size, fs.statSync(path.join(store, contentPath(asset.sha256))).mtimeMs]);
      summary.fetched.files += 1;
      summary.fetched.bytes += asset.size;
      speed.bytes(asset.size);
      speed.file();
    } catch (error) {
      if (!(error instanceof Troubled)) throw error;
      troubles.push({ asset, trouble: error.trouble });
    }
  }
}

async function bundleAgain(asset: LockedAsset, { git, origin, store }: FetchRequest): Promise<void> {
  const { name, commit = '' } = asset;
  if (!origin) {
    throw new Troubled({ code: 'ASSET_NOT_FETCHED', context: { name, store }, passing: false });
  }
  const [, , ref = ''] = asset.asked.split(' ');
  const remote = asset.url.replace(/\/bundle\/[^/]+$/, '.git');
  const made = await git.bundle({ name, remote, ref, commit });
  if (made.sha256 === asset.sha256) return;
  await fs.promises.rm(path.join(store, contentPath(made.sha256)), { force: true });
  const reason = `the bundle made here has sha256 ${made.sha256}, locked is ${asset.sha256}: another version of git packs differently; name a source that has it (bake assets mirror), or lock it again with --update ${name}`;
  throw new Troubled({ code: 'ASSET_GIT', context: { name, reason }, passing: false });
}

/** Every address to try, in order. */
function sourcesOf(asset: LockedAsset, { sources, origin }: FetchRequest): string[] {
  const found = sources.flatMap((source) => {
    const base = source.replace(/\/{1,9}$/, '');
    if (source.startsWith('file://')) {
      const tree = treePath(asset.url);
      return [`${base}/${contentPath(asset.sha256)}`, ...(tree === undefined ? [] : [fileUrl(base, tree)])];
    }
    if (!source.startsWith('http')) return [];
    const { host, pathname, search } = new URL(asset.url);
    return [`${base}/${host}${pathname}${search}`];
  });
  return origin && asset.kind !== 'git' ? [...found, asset.url] : found;
}

function fileUrl(base: string, tree: string): string {
  const folder = new URL(`${base}/`);
  return pathToFileURL(path.join(decodeURIComponent(folder.pathname), tree)).href;
}

function taskOf(asset: LockedAsset, from: readonly string[]): Task {
  const { name, url, also, api, size, sha256, tree } = asset;
  return { name, url, also, api, size, sha256, tree, from };
}

/** A link that is missing or points elsewhere is made anew. */
function repairTree(store: string, asset: LockedAsset, troubles: readonly { asset: LockedAsset }[]): void {
  if (troubles.some((one) => one.asset.sha256 === asset.sha256)) return;
  for (const url of addressesOf(asset)) {
    const tree = treePath(url);
    if (tree === undefined || linkOf(path.join(store, tree)) === linkTarget(tree, asset.sha256)) continue;
    placeInTree(store, url, asset.sha256);
  }
}

/** So many errors of one code are told each; of the others, how many there are. */
const ALIKE = 3;

/** What concerns a host, not a file: after so many without one that came, the others are not asked for. */
const HOST_WIDE = new Set<ErrorCode>([
  'ASSET_RATE_LIMIT',
  'ASSET_TLS_CA',
  'ASSET_TLS_RESET',
  'ASSET_PROXY_PAGE',
  'ASSET_PROXY_REFUSED',
  'ASSET_UNREACHABLE',
  'ASSET_STALLED',
]);
const ENOUGH = 8;

/** A source archive with other bytes is looked into: only recompressed, or changed? */
async function explainAll(
  troubles: readonly { asset: LockedAsset; trouble: Trouble }[],
  store: string,
  emit: Emit,
): Promise<BakeError[]> {
  const seen = new Map<string, number>();
  const errors: BakeError[] = [];
  for (const { asset, trouble } of troubles) {
    const odd = path.join(store, `${partPath(asset.sha256)}.odd`);
    if (trouble.code === 'ASSET_CHANGED' && asset.tree !== undefined && fs.existsSync(odd)) {
      const tree = await treeOfArchive(odd, asset.name).catch(() => '');
      trouble.context = { ...trouble.context, sameTree: tree === asset.tree };
      fs.rmSync(odd, { force: true });
    }
    const error = toBakeError(trouble);
    const alike = seen.get(error.code) ?? 0;
    seen.set(error.code, alike + 1);
    // A firewall in the way is one finding, not one a file.
    if (alike < ALIKE) errors.push(error);
  }
  for (const [code, times] of seen) {
    if (times <= ALIKE) continue;
    const text = `${times - ALIKE} more assets failed with ${code}; bake assets fetch again tells them once these are mended`;
    emit({ type: 'warning', text });
  }
  return errors;
}

function count(sum: { files: number; bytes: number }, { size }: LockedAsset): void {
  sum.files += 1;
  sum.bytes += size;
}
