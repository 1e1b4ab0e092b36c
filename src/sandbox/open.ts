/** Owns opening the sandbox: serving a state folder, or sharing the server that does, and taking over when it ends. */
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { get, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { BakeError } from '../errors/bake-error.ts';
import { makeFolder as makeFolders } from '../util/files.ts';
import type { Account } from './answer.ts';
import { currentClaim, isAlive, takeClaim, type Held, type Living } from './claim.ts';
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
import { listen, type Listener } from './server.ts';
import { openStore } from './store/store.ts';

/** How long a successor tries to get its predecessor's port. */
const PORT_PATIENCE_MS = 5_000;
/** How long a server that is said to be alive may take to answer. */
const ANSWER_PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/**
 * Opens the AWS account in a folder. Where another process serves it already, its server is used (`shared`), and its
 * port taken over when it ends.
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
    const served = await serve(folder, held, { options, offset }, (port) => listenAgain(port, options.port));
    if (served) return { ...facts(served.endpoint), shared: false, close: served.close };
    if (Date.now() > end)
      throw new BakeError('SANDBOX_STATE', { path: folder, reason: 'others keep taking it' });
  }
}

function noAnswer(folder: string, { claim }: Living): BakeError {
  const reason = `process ${claim.pid} on ${claim.host} serves it, but does not answer at ${claim.endpoint}`;
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

function facts(endpoint: string): Pick<Sandbox, 'endpoint' | 'region' | 'account'> {
  return { endpoint, region: SEED_REGION, account: ACCOUNT };
}

interface Served {
  endpoint: string;
  close: () => Promise<void>;
}

/** Closing twice is closing once. */
function onceOnly(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** Becomes the folder's server after `before`; undefined when somebody else was quicker. */
async function serve(
  folder: string,
  before: Held | undefined,
  { options, offset }: { options: SandboxOptions; offset: number },
  bind: (port: number | undefined) => Promise<Listener>,
): Promise<Served | undefined> {
  const listener = await bind(before?.claim && portOf(before.claim.endpoint));
  const clock = openClock(offset);
  const place = { endpoint: listener.endpoint, clockOffset: clock.offset() };
  const claim = claimOrExplain(folder, () => takeClaim(folder, before?.number ?? 0, place));
  if (!claim) {
    await listener.close();
    return undefined;
  }
  try {
    const store = claimOrExplain(folder, () => openStore(folder));
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
      // The port first, the claim last: whoever waits for it then finds both free, and the state written.
      close: onceOnly(async () => {
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

/** What the folder refuses is said as such. */
function claimOrExplain<T>(folder: string, work: () => T): T {
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

/** The port that was asked for; else the dead owner's, so that its clients find us; else a free one. */
async function listenAgain(before: number | undefined, asked: number | undefined): Promise<Listener> {
  if (asked !== undefined && asked !== 0) return listen(asked);
  if (before === undefined) return listen(0);
  try {
    return await listen(before);
  } catch {
    return listen(0);
  }
}

function portOf(endpoint: string): number {
  return Number(new URL(endpoint).port);
}

/** Uses another process's server; undefined when it ended meanwhile. */
async function share(folder: string, held: Living, options: SandboxOptions): Promise<Sandbox | undefined> {
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

  async function stand(first: Living): Promise<boolean> {
    const stop = await watch(first.claim.endpoint, () => {
      if (!state.closed) state.taking = takeOver();
    });
    if (stop) state.stop = stop;
    return stop !== undefined;
  }
  /** The one that served has ended: of all who watched, one becomes the next, the others watch that. */
  async function takeOver(): Promise<void> {
    while (!state.closed) {
      const now = currentClaim(folder);
      if (now && isAlive(folder, now)) {
        if (await stand(now)) return;
        await sleep(PAUSE_MS);
        continue;
      }
      // Its clock goes on: whoever shares the account has one time.
      const next = { options, offset: now?.claim?.clockOffset ?? 0 };
      state.served = await serve(folder, now, next, () => listenPatiently(portOf(endpoint)));
      if (state.served) return;
    }
  }

  if (!(await stand(held))) return undefined;
  if (options.clock) await post(endpoint, '/_sandbox/clock', { now: options.clock.toISOString() });
  if (options.faults) await post(endpoint, '/_sandbox/faults', options.faults);
  return {
    ...facts(endpoint),
    shared: true,
    close: onceOnly(async () => {
      state.closed = true;
      state.stop();
      await state.taking?.catch(() => undefined);
      await state.served?.close();
    }),
  };
}

/** A port of a process that just died may take a moment to be free. */
async function listenPatiently(port: number): Promise<Listener> {
  for (const end = Date.now() + PORT_PATIENCE_MS; ;) {
    try {
      return await listen(port);
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Calls `onEnd` when the server at the endpoint ends. @returns a way to stop watching; undefined when it is not there */
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
