/** Opens the sandbox: serves a state folder, or uses the process that serves it and takes over when that ends. */
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { get, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { BakeError } from '../errors/bake-error.ts';
import { makeFolder as makeFolders } from '../util/files.ts';
import type { Account } from './answer.ts';
import { currentClaim, isAlive, takeClaim, type NumberedClaim, type LiveClaim } from './claim.ts';
import { openClock } from './clock.ts';
import type { Sandbox, SandboxOptions } from './contract.ts';
import { openFaults } from './faults.ts';
import { ACCOUNT, SEED_REGION } from './ids.ts';
import { openBuilder } from './imagebuilder/builder.ts';
import { openMachines } from './instances/machines.ts';
import { openKeyFiles } from './kms/material.ts';
import { openObjectFiles } from './s3/files.ts';
import { contentsInUse } from './s3/rows.ts';
import { seed } from './seed.ts';
import { openListener, type Listener } from './server.ts';
import { openStateStore } from './store/store.ts';

/** How long the next server tries to bind its predecessor's port. */
const PORT_PATIENCE_MS = 5_000;
/** How long a live server may take to answer. */
const ANSWER_PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/**
 * Opens the AWS account in a folder. If another process already serves it, uses that server (`shared`) and takes over
 * its port when it ends.
 * @throws BakeError FOLDER_UNWRITABLE, PORT_TAKEN, SANDBOX_STATE
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const folder = resolve(options.state);
  makeFolder(folder);
  const end = Date.now() + ANSWER_PATIENCE_MS;
  for (;;) {
    const held = currentClaim(folder);
    if (held && isAlive(folder, held)) {
      const shared = await share(folder, held, options);
      if (shared) return shared;
      if (Date.now() > end) throw noAnswer(folder, held);
      await sleep(PAUSE_MS);
      continue;
    }
    const offset = options.clock ? options.clock.getTime() - Date.now() : 0;
    const served = await serve(folder, held, { options, offset }, (port) =>
      listenOnKnownPort(port, options.port),
    );
    if (served) return { ...addressOf(served.endpoint), shared: false, close: served.close };
    if (Date.now() > end)
      throw new BakeError('SANDBOX_STATE', {
        path: folder,
        reason: 'other processes kept claiming it for 10 s',
      });
  }
}

function noAnswer(folder: string, { claim }: LiveClaim): BakeError {
  const reason = `process ${claim.pid} on ${claim.host} serves it but does not answer at ${claim.endpoint}`;
  return new BakeError('SANDBOX_STATE', { path: folder, reason });
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700);
    accessSync(folder, constants.W_OK | constants.R_OK | constants.X_OK);
  } catch (error) {
    throw new BakeError(
      'FOLDER_UNWRITABLE',
      { path: folder, reason: (error as Error).message },
      { cause: error },
    );
  }
}

function addressOf(endpoint: string): Pick<Sandbox, 'endpoint' | 'region' | 'account'> {
  return { endpoint, region: SEED_REGION, account: ACCOUNT };
}

interface Served {
  endpoint: string;
  close: () => Promise<void>;
}

/** Makes later calls return the result of the first. */
function runOnce(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** Serves the folder after `before`. @returns undefined if another process was faster */
async function serve(
  folder: string,
  before: NumberedClaim | undefined,
  { options, offset }: { options: SandboxOptions; offset: number },
  bind: (port: number | undefined) => Promise<Listener>,
): Promise<Served | undefined> {
  const listener = await bind(before?.claim && portOf(before.claim.endpoint));
  const clock = openClock(offset);
  const place = { endpoint: listener.endpoint, clockOffset: clock.offset() };
  const claim = asFolderError(folder, () => takeClaim(folder, before?.number ?? 0, place));
  if (!claim) {
    await listener.close();
    return undefined;
  }
  try {
    const store = asFolderError(folder, () => openStateStore(folder));
    const files = openObjectFiles(folder);
    files.clean(contentsInUse(store));
    const keys = openKeyFiles(folder);
    if (store.fresh) {
      seed(store, clock.now(), keys);
      store.settle();
    }
    const faults = openFaults(options.faults ?? {});
    const builder = openBuilder({
      store,
      clock,
      faults,
      folder,
      rehearse: options.rehearse,
      rootfs: options.rootfs,
    });
    const machines = openMachines({
      store,
      clock,
      folder,
      rehearse: options.rehearse,
      rootfs: options.rootfs,
      sweepLayers: () => builder.sweepLayers(),
    });
    const account: Account = { store, clock, faults, builder, machines, files, keys, calls: new Map() };
    listener.serve(account, () => {
      claim.update({ clockOffset: clock.offset() });
      builder.tick();
    });
    builder.resume();
    machines.resume();
    return {
      endpoint: listener.endpoint,
      // The claim is released last, so that the next server finds the port free and the state written.
      close: runOnce(async () => {
        await listener.close();
        await Promise.all([builder.close(), machines.close()]);
        store.close();
        claim.release();
      }),
    };
  } catch (error) {
    claim.release();
    await listener.close();
    throw error;
  }
}

/** Reports an error of the file system as FOLDER_UNWRITABLE. */
function asFolderError<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BakeError) throw error;
    throw new BakeError(
      'FOLDER_UNWRITABLE',
      { path: folder, reason: (error as Error).message },
      { cause: error },
    );
  }
}

/** Listens on the requested port, else on the dead owner's so that its clients still work, else on a free one. */
async function listenOnKnownPort(
  before: number | undefined,
  requested: number | undefined,
): Promise<Listener> {
  if (requested !== undefined && requested !== 0) return openListener(requested);
  if (before === undefined) return openListener(0);
  try {
    return await openListener(before);
  } catch {
    return openListener(0);
  }
}

function portOf(endpoint: string): number {
  return Number(new URL(endpoint).port);
}

/** Uses another process's server. @returns undefined if it has ended */
async function share(folder: string, held: LiveClaim, options: SandboxOptions): Promise<Sandbox | undefined> {
  const { endpoint } = held.claim;
  const state: {
    closed: boolean;
    served: Served | undefined;
    taking: Promise<void> | undefined;
    stop: () => void;
  } = {
    closed: false,
    served: undefined,
    taking: undefined,
    stop: () => undefined,
  };

  async function watchServer(first: LiveClaim): Promise<boolean> {
    const stop = await watch(first.claim.endpoint, () => {
      if (!state.closed) state.taking = takeOver();
    });
    if (stop) state.stop = stop;
    return stop !== undefined;
  }
  /** The server has ended: one of the watching processes becomes the next server, the others watch it. */
  async function takeOver(): Promise<void> {
    while (!state.closed) {
      const now = currentClaim(folder);
      if (now && isAlive(folder, now)) {
        if (await watchServer(now)) return;
        await sleep(PAUSE_MS);
        continue;
      }
      // All processes that share the account keep one clock.
      const next = { options, offset: now?.claim?.clockOffset ?? 0 };
      state.served = await serve(folder, now, next, () => listenWithRetry(portOf(endpoint)));
      if (state.served) return;
    }
  }

  if (!(await watchServer(held))) return undefined;
  if (options.clock) await post(endpoint, '/_sandbox/clock', { now: options.clock.toISOString() });
  if (options.faults) await post(endpoint, '/_sandbox/faults', options.faults);
  return {
    ...addressOf(endpoint),
    shared: true,
    close: runOnce(async () => {
      state.closed = true;
      state.stop();
      await state.taking?.catch(() => undefined);
      await state.served?.close();
    }),
  };
}

/** Retries, because the port of a process that just died is not free at once. */
async function listenWithRetry(port: number): Promise<Listener> {
  for (const end = Date.now() + PORT_PATIENCE_MS; ;) {
    try {
      return await openListener(port);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Calls `onEnd` when the server at the endpoint ends. @returns a function that stops watching; undefined without a server */
function watch(endpoint: string, onEnd: () => void): Promise<(() => void) | undefined> {
  return new Promise((done) => {
    const request = get(`${endpoint}/_sandbox/watch`, { agent: false }, (response) => {
      response.socket.unref();
      response.resume();
      response.on('error', () => undefined);
      response.on('close', onEnd);
      done(() => {
        response.removeListener('close', onEnd);
        request.destroy();
      });
    });
    request.on('error', () => done(undefined));
  });
}

function post(endpoint: string, path: string, body: object): Promise<void> {
  return new Promise((done, fail) => {
    const request = httpRequest(`${endpoint}${path}`, { method: 'POST', agent: false }, (response) => {
      response.resume();
      response.on('end', () => done());
    });
    request.on('error', fail);
    request.end(JSON.stringify(body));
  });
}
