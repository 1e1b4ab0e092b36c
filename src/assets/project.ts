/** Owns the assets of a bakery: bakery.yaml's word on them, assets.yaml and assets.lock, read together. */
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
import { bringAttestations, lackingAttestations } from './attestations.ts';
import { fetchAssets, type FetchRequest, type FetchSummary } from './fetch.ts';
import { gitRunner } from './git.ts';
import { githubOf } from './hosts.ts';
import { netOf, type LaneSettings } from './lane.ts';
import { holdAgainst, keyOf, readLock, type Lock, type LockedAsset } from './lock.ts';
import type { StoreFinding } from './verify.ts';
import { wantedAssets, type WantedAsset } from './wanted.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface AssetsProject {
  assets: Assets;
  wanted: WantedAsset[];
  /** undefined: there is no lock file yet. */
  lock: Lock | undefined;
  /** Absolute, as all paths here. */
  lockFile: string;
  store: string;
  folder: string;
  /** The Region in which S3 is first asked. */
  region: string;
  /** PEM certificates of bakery.yaml. */
  trust: readonly string[];
  env: Env;
  settings: Omit<LaneSettings, 'store' | 'width'>;
  /** The lock, which has all that is asked for. @throws BakeError FILE_MISSING, ASSET_LOCK_STALE */
  requireLock(): Lock;
  /** Files of this machine that assets.yaml names, against their digests. */
  checkFiles(): Promise<StoreFinding[]>;
}

/** Seconds without a word from a server, or with less than a trickle, that are a standstill. */
const STALL_SECONDS = 30;
const BACKOFF_MS = 250;

/**
 * Reads them. Without a bakery.yaml (and none asked for), assets.yaml beside it is enough.
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
  const wanted = wantedAssets(assets);
  const trust = bakery ? await readTrust(bakery) : [];
  // AWS_CA_BUNDLE is the whole of what is trusted for AWS; for GitHub, what Node was told counts as well.
  const extra = env['NODE_EXTRA_CA_CERTS'];
  if (env['AWS_CA_BUNDLE'] && extra) trust.push((await readInput(extra)).toString('utf8'));
  const project: AssetsProject = {
    assets,
    wanted,
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

/** `assets.yaml` → `assets.lock`, beside it. */
export function lockPath(file: string): string {
  return file.replace(/\.ya?ml$/, '') + '.lock';
}

/** undefined: there is none. @throws BakeError ASSET_LOCK_SYNTAX, FILE_UNREADABLE */
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

function requireLock({ wanted, lock, lockFile }: AssetsProject): Lock {
  const { stale, fresh } = holdAgainst(wanted, lock ?? { assets: [] });
  if (stale.length > 0) {
    throw new BakeError('ASSET_LOCK_STALE', { file: path.basename(lockFile), names: stale.map(keyOf) });
  }
  // What assets.yaml no longer asks for is nobody's, though the lock still has it.
  return { assets: fresh.map(({ locked }) => locked) };
}

export interface FetchOptions {
  full: boolean;
  addressIn?: FetchRequest['addressIn'];
  /** Only these. Default: all that is locked. */
  only?: readonly LockedAsset[] | undefined;
  emit: Emit;
  signal: AbortSignal;
}

/**
 * Files first, then what attests them; attestations that nobody has any more are told, and stop nothing.
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
  const lacking = lackingAttestations(assets, store);
  if (lacking.length === 0) return summary;
  const net = netOf(settings);
  try {
    const api = { net, github: githubOf(env) };
    const without = await bringAttestations({ ...shared, assets: lacking, api });
    if (without.length > 0) {
      const text = `no source has the attestations of ${without.join(', ')}; their digests are right all the same`;
      emit({ type: 'warning', text });
    }
  } finally {
    net.connections.close();
  }
  return summary;
}

/** What a lane needs of the environment: it crosses a thread's border, where everything is copied. */
function passedEnv(env: Env): Env {
  const wanted =
    /^(https?_proxy|no_proxy|AWS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|GITHUB_TOKEN|GH_TOKEN|GITHUB_API_URL|GITHUB_SERVER_URL)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted.test(name)));
}

async function checkFiles(assets: Assets, folder: string): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = [];
  for (const { name, file, sha256: digest } of assets.assets) {
    if (file === undefined) continue;
    const full = path.resolve(folder, file);
    const seen = fs.statSync(full, { throwIfNoEntry: false });
    if (!seen?.isFile()) {
      const reason = seen === undefined ? `${file} is not there` : `${file} is no file`;
      findings.push({ kind: 'missing', name, reason });
    } else {
      const found = sha256(await fs.promises.readFile(full));
      if (found !== digest) findings.push({ kind: 'damaged', name, reason: `${file} has sha256 ${found}` });
    }
  }
  return findings;
}
