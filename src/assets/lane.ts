/** Owns a lane: a few downloads at a time, or files hashed one after another, on whichever thread it runs. */
import http from 'node:http';
import { DEFAULT_CIPHERS } from 'node:tls';
import { httpsAgent } from '../aws/network.ts';
import { connections } from './connections.ts';
import { download, type Done, type Task } from './download.ts';
import { hashFile } from './hash-file.ts';
import { githubOf, redirectRule } from './hosts.ts';
import type { Net } from './http.ts';
import { Troubled, type Trouble } from './trouble.ts';
import type { JobRunner } from '../util/thread-jobs.ts';

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

export type Job = { kind: 'download'; task: Task } | { kind: 'hash'; path: string; size: number };

export type Outcome =
  | { kind: 'downloaded'; done: Done }
  | { kind: 'hashed'; path: string; sha256: string; bytes: number }
  | { kind: 'failed'; job: Job; trouble: Trouble }
  | { kind: 'broken'; message: string; errno?: string | undefined; path?: string | undefined };

export interface LaneHost {
  bytes: (count: number) => void;
  signal: AbortSignal;
}

/** Runs jobs. One that fails returns how, and does not stop the others; after an abort there is no outcome. */
export function openLane(settings: LaneSettings, host: LaneHost): JobRunner<Job, Outcome> {
  const net = netOf(settings);
  const around = {
    store: settings.store,
    net,
    backoff: (tries: number) => Math.min(30_000, settings.backoff * 2 ** tries),
    onBytes: host.bytes,
    signal: host.signal,
  };
  return {
    width: settings.width,
    async run(job) {
      if (host.signal.aborted) return undefined;
      try {
        if (job.kind === 'hash') return hashed(job.path, job.size, host.bytes);
        return { kind: 'downloaded', done: await download(job.task, around) };
      } catch (error) {
        return host.signal.aborted ? undefined : failure(job, error);
      }
    },
    close: () => net.connections.close(),
  };
}

/** AES with 128 bits first: as safe for a download, and a third less work than 256, for the mirror too. */
const CIPHERS = ['TLS_AES_128_GCM_SHA256', ...DEFAULT_CIPHERS.split(':')]
  .filter((cipher, at, all) => all.indexOf(cipher) === at)
  .join(':');

/** What requests of these settings are made with. */
export function netOf(settings: Pick<LaneSettings, 'env' | 'trust' | 'redirects' | 'stallSeconds'>): Net {
  const { env } = settings;
  const token = env['GITHUB_TOKEN'] ?? env['GH_TOKEN'];
  return {
    connections: connections({
      https: httpsAgent(env, settings.trust, CIPHERS),
      http: new http.Agent({ keepAlive: true }),
    }),
    mayRedirect: redirectRule(githubOf(env), settings.redirects),
    token: token === '' ? undefined : token,
    stallSeconds: settings.stallSeconds,
  };
}

function failure(job: Job, error: unknown): Outcome {
  if (error instanceof Troubled) return { kind: 'failed', job, trouble: error.trouble };
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
