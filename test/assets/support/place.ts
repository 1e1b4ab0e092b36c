/** Makes a folder with an assets.yaml, and locks and fetches it as the command does. */
import { engines } from '../../../src/engines/index.ts';
import fs from 'node:fs';
import path from 'node:path';
import type { BakeEvent } from '../../../src/events/events.ts';
import { errorsOf, type BakeError } from '../../../src/errors/bake-error.ts';
import { lockAssets } from '../../../src/assets/lock-command.ts';
import { writeLock, type LockDiff } from '../../../src/assets/lock.ts';
import { fetchLocked, openAssets, type AssetsProject } from '../../../src/assets/project.ts';
import type { FetchSummary } from '../../../src/assets/fetch.ts';
import { checkStore, type StoreCheck } from '../../../src/assets/verify.ts';
import { emptyFolder } from '../../support/project.ts';
import type { FakeGitHub } from './github.ts';

export interface Place {
  folder: string;
  store: string;
  events: BakeEvent[];
  env: Record<string, string>;
  /** Shorter than the real one where a test waits for it. */
  stallSeconds: number;
  write(yaml: string): void;
  open(): Promise<AssetsProject>;
  /** As the command does: resolves and writes assets.lock. */
  lock(...update: string[]): Promise<LockDiff>;
  fetch(full?: boolean, signal?: AbortSignal): Promise<FetchSummary>;
  verify(): Promise<StoreCheck>;
  /** Absolute path of a file in the store. */
  at(...parts: string[]): string;
}

/** @param github provides the CA and the URLs */
export function placeFor(github: FakeGitHub, env: Record<string, string> = {}): Place {
  const folder = emptyFolder();
  const store = path.join(folder, '.bakery/assets');
  fs.mkdirSync(path.join(folder, 'certs'));
  fs.writeFileSync(path.join(folder, 'certs/ca.pem'), github.ca);
  fs.writeFileSync(
    path.join(folder, 'bakery.yaml'),
    'version: 1\ntargets: [{ os: alinux2023 }]\nassets: assets.yaml\ntrust: { certificates: [certs/*.pem] }\n',
  );
  const events: BakeEvent[] = [];
  const emit = (event: BakeEvent): void => void events.push(event);
  const never = new AbortController().signal;
  const place: Place = {
    folder,
    store,
    events,
    env: { ...github.env, ...env },
    write(yaml) {
      const redirects = `redirects: [${new URL(github.storage).host}]\n`;
      fs.writeFileSync(path.join(folder, 'assets.yaml'), `version: 1\n${redirects}${yaml}`);
    },
    stallSeconds: 20,
    async open() {
      const project = await openAssets({
        config: path.join(folder, 'bakery.yaml'),
        explicit: true,
        env: place.env,
        engines,
      });
      Object.assign(project.settings, { stallSeconds: place.stallSeconds, backoff: 5 });
      return project;
    },
    async lock(...update) {
      const project = await place.open();
      const { after, diff } = await lockAssets(project, { update, emit, signal: never });
      fs.writeFileSync(project.lockFile, writeLock(after));
      return diff;
    },
    fetch: async (full = false, signal = never) => fetchLocked(await place.open(), { full, emit, signal }),
    async verify() {
      const project = await place.open();
      const { assets } = project.requireLock();
      return checkStore({ assets, store, settings: project.settings, emit, signal: never });
    },
    at: (...parts) => path.join(store, ...parts),
  };
  return place;
}

/** Returns the errors that a promise rejects with. */
export async function refused(work: Promise<unknown>): Promise<BakeError[]> {
  try {
    await work;
  } catch (error) {
    return errorsOf(error);
  }
  throw new Error('it was not refused');
}

/** Files below a folder, relative. */
export function filesBelow(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
