/** Runs `bake assets lock`: resolves new assets and those named by --update, and keeps the others as locked. */
import { BakeError, throwAll } from '../errors/bake-error.ts';
import type { Emit } from '../events/events.ts';
import { nearest } from '../util/nearest.ts';
import { gitRunner } from './git.ts';
import { githubAddresses } from '../github/addresses.ts';
import { createHttpClient } from './lane.ts';
import { diffLocks, matchLock, type Lock, type LockDiff } from './lock.ts';
import type { AssetsProject } from './project.ts';
import { readyMade } from './ready-made.ts';
import { resolveAll, type ResolveContext } from './resolve.ts';
import { sizeText } from './speed.ts';
import { claimStore } from './store.ts';
import { toBakeError } from './asset-error.ts';

export interface LockOptions {
  /** Names of assets that are resolved again although they are locked. */
  update: readonly string[];
  emit: Emit;
  signal: AbortSignal;
}

/**
 * Computes the new lock and leaves the lock file alone.
 * @throws BakeError, BakeErrors ASSET_…, USAGE: all assets that failed to resolve
 */
export async function lockAssets(
  project: AssetsProject,
  { update, emit, signal }: LockOptions,
): Promise<{ before: Lock | undefined; after: Lock; diff: LockDiff }> {
  const { requested, lock, store, env, trust, settings } = project;
  const names = new Set(requested.map(({ name }) => name));
  const unknown = update.find((name) => !names.has(name));
  if (unknown !== undefined) {
    const near = nearest(unknown, [...names]);
    const message = `--update: assets.yaml has no asset ${unknown}${near === undefined ? '' : `; did you mean ${near}?`}`;
    throw new BakeError('USAGE', { message, command: 'assets' });
  }
  for (const name of project.assets.include.filter((one) => readyMade.get(one)?.length === 0)) {
    const text = `include: ${name} has no entries: builds of that release fetch nothing from GitHub`;
    emit({ type: 'warning', text });
  }
  const { fresh, stale } = matchLock(requested, lock ?? { assets: [] });
  const asked = [
    ...stale,
    ...fresh.filter((one) => update.includes(one.locked.name)).map((one) => one.requested),
  ];
  const kept = fresh.filter((one) => !update.includes(one.locked.name)).map((one) => one.locked);
  const client = createHttpClient(settings);
  const release = claimStore(store);
  try {
    const progress = progressOf(emit, asked.length);
    const resolved = await resolveAll(asked, {
      api: { client, github: githubAddresses(env) },
      store,
      git: gitRunner(store, env, trust, signal),
      backoff: settings.backoff,
      signal,
      ...progress,
    });
    signal.throwIfAborted();
    throwAll(resolved.flatMap((one) => ('problem' in one ? [toBakeError(one.problem)] : [])));
    const after = { assets: [...kept, ...resolved.flatMap((one) => ('locked' in one ? [one.locked] : []))] };
    return { before: lock, after, diff: diffLocks(lock ?? { assets: [] }, after) };
  } finally {
    release();
    client.connections.close();
  }
}

/** Milliseconds between two progress lines of a download. */
const INTERVAL_MS = 250;

/** Reports progress without a total: the size of first downloads is not known in advance. */
function progressOf(emit: Emit, total: number): Pick<ResolveContext, 'onBytes' | 'onResolved'> {
  const started = performance.now();
  let done = 0;
  let received = 0;
  let reported = started;
  const report = (text: string): void => emit({ type: 'stageProgress', stage: 'lock', text, done, total });
  return {
    onBytes(count) {
      received += count;
      const now = performance.now();
      if (now - reported < INTERVAL_MS) return;
      reported = now;
      report(`first downloads: ${sizeText(received)} · ${sizeText((received / (now - started)) * 1000)}/s`);
    },
    onResolved(name) {
      done += 1;
      report(name);
    },
  };
}
