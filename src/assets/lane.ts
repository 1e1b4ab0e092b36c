/** Owns a lane: a few downloads at a time, or files hashed one after another, on whichever thread it runs. */
import http from 'node:http';
import { DEFAULT_CIPHERS } from 'node:tls';
import { httpsAgent } from '../aws/network.ts';
import { connections } from './connections.ts';
import { download, type DownloadResult, type DownloadTask } from './download.ts';
import { hashFile } from './hash-file.ts';
import { githubAddresses, redirectRule } from './hosts.ts';
import type { HttpClient } from './http.ts';
import { AssetError, type AssetProblem } from './asset-error.ts';

/** Plain data: it crosses a thread's border. */
export interface LaneSettings {
  store: string;
  env: Readonly<Record<string, string | undefined>>;
  /** PEM certificates of bakery.yaml. */
  trust: readonly string[];
  /** Hosts of assets.yaml `redirects`. */
  redirects: readonly string[];
  stallSeconds: number;
  /** Milliseconds before the first new try; doubled for each. */
  backoff: number;
  /** Downloads at a time in this lane. */
  width: number;
}

export type Job = { kind: 'download'; task: DownloadTask } | { kind: 'hash'; path: string; size: number };

export type Outcome =
  | { kind: 'downloaded'; done: DownloadResult }
  | { kind: 'hashed'; path: string; sha256: string; bytes: number }
  | { kind: 'failed'; job: Job; problem: AssetProblem }
  | { kind: 'broken'; message: string; errno?: string | undefined; path?: string | undefined };

export interface LaneHost {
  /** The next job; undefined: there are no more. */
  next: () => Promise<Job | undefined>;
  outcome: (outcome: Outcome) => void;
  bytes: (count: number) => void;
  signal: AbortSignal;
}

/** Works until there is no more. What fails is told and does not stop the others. */
export async function runLane(settings: LaneSettings, host: LaneHost): Promise<void> {
  const net = createHttpClient(settings);
  const around = {
    store: settings.store,
    net,
    backoff: (tries: number) => Math.min(30_000, settings.backoff * 2 ** tries),
    onBytes: host.bytes,
    signal: host.signal,
  };
  async function work(): Promise<void> {
    for (let job = await host.next(); job !== undefined; job = await host.next()) {
      if (host.signal.aborted) return;
      try {
        if (job.kind === 'hash') host.outcome(hashed(job.path, job.size, host.bytes));
        else host.outcome({ kind: 'downloaded', done: await download(job.task, around) });
      } catch (error) {
        if (host.signal.aborted) return;
        host.outcome(failure(job, error));
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: settings.width }, work));
  } finally {
    net.connections.close();
  }
}

/** AES with 128 bits first: as safe for a download, and a third less work than 256, for the mirror too. */
const CIPHERS = ['TLS_AES_128_GCM_SHA256', ...DEFAULT_CIPHERS.split(':')]
  .filter((cipher, at, all) => all.indexOf(cipher) === at)
  .join(':');

/** What requests of these settings are made with. */
export function createHttpClient(
  settings: Pick<LaneSettings, 'env' | 'trust' | 'redirects' | 'stallSeconds'>,
): HttpClient {
  const { env } = settings;
  const token = env['GITHUB_TOKEN'] ?? env['GH_TOKEN'];
  return {
    connections: connections({
      https: httpsAgent(env, settings.trust, CIPHERS),
      http: new http.Agent({ keepAlive: true }),
    }),
    mayRedirect: redirectRule(githubAddresses(env), settings.redirects),
    token: token === '' ? undefined : token,
    stallSeconds: settings.stallSeconds,
  };
}

function failure(job: Job, error: unknown): Outcome {
  if (error instanceof AssetError) return { kind: 'failed', job, problem: error.problem };
  const { message, code, path } = error as NodeJS.ErrnoException;
  return { kind: 'broken', message, errno: code, path };
}

/** sha256 of a file; '' where it cannot be read. */
function hashed(path: string, size: number, onBytes: (count: number) => void): Outcome {
  let bytes = 0;
  const count = (more: number): void => {
    bytes += more;
    onBytes(more);
  };
  try {
    return { kind: 'hashed', path, sha256: hashFile(path, size, count), bytes };
  } catch {
    return { kind: 'hashed', path, sha256: '', bytes };
  }
}
