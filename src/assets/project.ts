/** Reads the assets of a bakery: assets.yaml, assets.lock and the settings of bakery.yaml that concern them. */
import fs from 'node:fs';
import path from 'node:path';
import type { Assets } from '../config/assets-schema.ts';
import { readTrust } from '../config/trust.ts';
import type { ConfiguredEngines } from '../config/engine-section.ts';
import { loadAssets, loadBakery } from '../config/load.ts';
import { BakeError } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import { exists, readInput } from '../util/files.ts';
import { sha256 } from '../util/sha256.ts';
import { collectAttestations, missingAttestations } from './attestations.ts';
import { fetchAssets, type FetchRequest, type FetchSummary } from './fetch.ts';
import { gitRunner } from './git.ts';
import { githubAddresses } from '../github/addresses.ts';
import { createHttpClient, type LaneSettings } from './lane.ts';
import { matchLock, assetKey, readLock, type Lock, type LockedAsset } from './lock.ts';
import type { StoreFinding } from './verify.ts';
import { requestedAssets, type RequestedAsset } from './requested.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface AssetsProject {
  assets: Assets;
  requested: RequestedAsset[];
  /** undefined: there is no lock file yet. */
  lock: Lock | undefined;
  /** Absolute, as are all paths here. */
  lockFile: string;
  store: string;
  folder: string;
  /** The Region in which S3 is asked first. */
  region: string;
  /** PEM certificates of bakery.yaml. */
  trust: readonly string[];
  env: Env;
  settings: Omit<LaneSettings, 'store' | 'width'>;
  /** Returns the lock if it covers every request. @throws BakeError FILE_MISSING, ASSET_LOCK_STALE */
  requireLock(): Lock;
  /** Checks the local files that assets.yaml names against their digests. */
  checkFiles(): Promise<StoreFinding[]>;
}

/** A server that sends nothing, or less than a trickle, for so many seconds stalls. */
const STALL_SECONDS = 30;
const BACKOFF_MS = 250;

/**
 * Reads the files. Where bakery.yaml is absent and was not named, assets.yaml alone is enough.
 * @throws BakeError, BakeErrors of the files
 */
export async function openAssets({
  config,
  explicit,
  env,
  engines,
}: {
  config: string;
  explicit: boolean;
  env: Env;
  /** Whose sections bakery.yaml may have. */
  engines: ConfiguredEngines;
}): Promise<AssetsProject> {
  const folder = path.dirname(config);
  const alone = !explicit && !(await exists(config)) && (await exists(path.join(folder, 'assets.yaml')));
  const bakery = alone ? undefined : await loadBakery(config, env, engines);
  const named = bakery?.value.assets ?? 'assets.yaml';
  const place = bakery?.value.assets === undefined ? undefined : bakery.place(['assets']);
  const file = path.resolve(folder, named);
  const { value: assets } = await loadAssets(file, { what: 'assets', place });
  const lockFile = lockPath(file);
  const lock = await readLockFile(lockFile);
  const requested = requestedAssets(assets);
  const trust = bakery ? await readTrust(bakery) : [];
  // AWS_CA_BUNDLE replaces all roots for AWS; for GitHub, NODE_EXTRA_CA_CERTS counts as well.
  const extra = env['NODE_EXTRA_CA_CERTS'];
  if (env['AWS_CA_BUNDLE'] && extra) trust.push((await readInput(extra)).toString('utf8'));
  const project: AssetsProject = {
    assets,
    requested,
    lock,
    lockFile,
    store: path.resolve(folder, assets.store),
    folder,
    region: bakery?.value.defaults.regions[0] ?? env['AWS_REGION'] ?? 'us-east-1',
    trust,
    env,
    settings: {
      env: passedEnv(env),
      trust,
      redirects: assets.redirects,
      stallSeconds: STALL_SECONDS,
      backoff: BACKOFF_MS,
    },
    requireLock: () => requireLock(project),
    checkFiles: () => checkFiles(assets, folder),
  };
  return project;
}

/** `assets.yaml` → `assets.lock` in the same folder. */
export function lockPath(file: string): string {
  return file.replace(/\.ya?ml$/, '') + '.lock';
}

/** undefined: there is no lock file. @throws BakeError ASSET_LOCK_SYNTAX, FILE_UNREADABLE */
export async function readLockFile(file: string): Promise<Lock | undefined> {
  let text: string;
  try {
    text = (await readInput(file)).toString('utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new BakeError('FILE_UNREADABLE', { path: file, reason: message });
  }
  return readLock(text, path.basename(file));
}

function requireLock({ requested, lock, lockFile }: AssetsProject): Lock {
  const { stale, fresh } = matchLock(requested, lock ?? { assets: [] });
  if (stale.length > 0) {
    throw new BakeError('ASSET_LOCK_STALE', { file: path.basename(lockFile), names: stale.map(assetKey) });
  }
  // Drops assets that assets.yaml no longer requests.
  return { assets: fresh.map(({ locked }) => locked) };
}

export interface FetchOptions {
  full: boolean;
  addressIn?: FetchRequest['addressIn'];
  /** Fetches only these. Default: every locked asset. */
  only?: readonly LockedAsset[] | undefined;
  emit: Emit;
  signal: AbortSignal;
}

/**
 * Fetches the files, then their attestations; warns about attestations that no source has, without failing.
 * @throws BakeError, BakeErrors as fetchAssets
 */
export async function fetchLocked(project: AssetsProject, options: FetchOptions): Promise<FetchSummary> {
  const { store, env, trust, settings } = project;
  const { addressIn, emit, signal } = options;
  const { sources, origin } = project.assets;
  const assets = options.only ?? project.requireLock().assets;
  const shared = { assets, store, sources, addressIn, origin, signal };
  const git = gitRunner(store, env, trust, signal);
  const summary = await fetchAssets({ ...shared, git, settings, full: options.full, emit });
  const lacking = missingAttestations(assets, store);
  if (lacking.length === 0) return summary;
  const client = createHttpClient(settings);
  try {
    const api = { client, github: githubAddresses(env) };
    const without = await collectAttestations({ ...shared, assets: lacking, api });
    if (without.length > 0) {
      const text = `no source has the attestations of ${without.join(', ')}; the files' own digests are right`;
      emit({ type: 'warning', text });
    }
  } finally {
    client.connections.close();
  }
  return summary;
}

/** Returns the variables that a lane needs: a thread gets a copy of all that is passed. */
function passedEnv(env: Env): Env {
  const requested =
    /^(https?_proxy|no_proxy|AWS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|GITHUB_TOKEN|GH_TOKEN|GITHUB_API_URL|GITHUB_SERVER_URL)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => requested.test(name)));
}

async function checkFiles(assets: Assets, folder: string): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = [];
  for (const { name, file, sha256: digest } of assets.assets) {
    if (file === undefined) continue;
    const full = path.resolve(folder, file);
    const seen = fs.statSync(full, { throwIfNoEntry: false });
    if (!seen?.isFile()) {
      const reason = seen === undefined ? `${file} is missing` : `${file} is not a file`;
      findings.push({ kind: 'missing', name, reason });
    } else {
      const found = sha256(await fs.promises.readFile(full));
      if (found !== digest) findings.push({ kind: 'damaged', name, reason: `${file} has sha256 ${found}` });
    }
  }
  return findings;
}
