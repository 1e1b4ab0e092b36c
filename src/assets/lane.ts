/** Runs a lane: a few downloads at a time, or one hash after another, on whichever thread it was started. */
import http from 'node:http';
import { DEFAULT_CIPHERS } from 'node:tls';
import { httpsAgent } from '../aws/network.ts';
import { connections } from './connections.ts';
import { download, type DownloadResult, type DownloadTask } from './download.ts';
import { hashFile } from './hash-file.ts';
import { githubAddresses } from '../github/addresses.ts';
import { redirectRule } from './hosts.ts';
import type { HttpClient } from './http.ts';
import { AssetError, type AssetProblem } from './asset-error.ts';
import type { JobRunner } from '../util/thread-jobs.ts';

/** Plain data, to be posted to a thread. */
export interface LaneSettings {
  store: string;
  env: Readonly<Record<string, string | undefined>>;
  /** PEM certificates of bakery.yaml. */
  trust: readonly string[];
  /** Hosts of assets.yaml `redirects`. */
  redirects: readonly string[];
  stallSeconds: number;
  /** Milliseconds before the first retry; doubled for each. */
  backoff: number;
  /** Concurrent downloads in this lane. */
  width: number;
}

export type AssetJob =
  | { kind: 'download'; task: DownloadTask }
  | { kind: 'hash'; path: string; size: number };

export type Outcome =
  | { kind: 'downloaded'; done: DownloadResult }
  | { kind: 'hashed'; path: string; sha256: string; bytes: number }
  | { kind: 'failed'; job: AssetJob; problem: AssetProblem }
  | { kind: 'broken'; message: string; errno?: string | undefined; path?: string | undefined };

export interface LaneHost {
  bytes: (count: number) => void;
  signal: AbortSignal;
}

/** Runs jobs. A job that fails returns its failure and does not stop the others. After an abort, jobs return nothing. */
export function openLane(settings: LaneSettings, host: LaneHost): JobRunner<AssetJob, Outcome> {
  const client = createHttpClient(settings);
  const context = {
    store: settings.store,
    client,
    backoff: (tries: number) => Math.min(30_000, settings.backoff * 2 ** tries),
    onBytes: host.bytes,
    signal: host.signal,
  };
  return {
    width: settings.width,
    async run(job) {
      if (host.signal.aborted) return undefined;
      try {
        if (job.kind === 'hash') return hashJob(job.path, job.size, host.bytes);
        return { kind: 'downloaded', done: await download(job.task, context) };
      } catch (error) {
        return host.signal.aborted ? undefined : failedOutcome(job, error);
      }
    },
    close: () => client.connections.close(),
  };
}

/** AES-128 first: as safe for a download as AES-256, and a third less work, for the mirror too. */
const CIPHERS = ['TLS_AES_128_GCM_SHA256', ...DEFAULT_CIPHERS.split(':')]
  .filter((cipher, at, all) => all.indexOf(cipher) === at)
  .join(':');

/** Creates the client for requests with these settings. */
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

function failedOutcome(job: AssetJob, error: unknown): Outcome {
  if (error instanceof AssetError) return { kind: 'failed', job, problem: error.problem };
  const { message, code, path } = error as NodeJS.ErrnoException;
  return { kind: 'broken', message, errno: code, path };
}

/** Hashes a file; sha256 is '' where it cannot be read. */
function hashJob(path: string, size: number, onBytes: (count: number) => void): Outcome {
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
