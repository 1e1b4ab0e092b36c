/** Owns the carrying out of image builds: each from PENDING to its end, its layers on disk, and their removal. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { SandboxOptions } from '../contract.ts';
import type { FaultDice } from '../faults.ts';
import type { Store } from '../store/store.ts';
import { begin, type Transaction } from '../store/transaction.ts';
import { getRow, isUnderWay, keyOf, type BuildRow, type DiskRecord, type PipelineRow } from '../tables.ts';

export interface Builder {
  start(region: string, arn: string): void;
  /** Stops what runs; the record says CANCELLED already. */
  cancel(arn: string): void;
  /** Removes layers that no image and no snapshot stands on. */
  sweepLayers(): void;
  /** Starts again what was under way when the state was last left, and looks after the pipelines from now on. */
  resume(): void;
  /** Runs the pipelines that have come due; the clock may have been set. */
  tick(): void;
  /** Stops all and waits for it; what was under way stays so in the state. */
  close(): Promise<void>;
}

/** Reads and writes in one durable step. */
export type Transact = <T>(work: (place: { state: Transaction; now: Date }) => T) => T;

export interface BuilderOptions {
  store: Store;
  clock: Clock;
  faults: FaultDice;
  /** The state folder. */
  folder: string;
  rehearse: SandboxOptions['rehearse'];
  rootfs: string | undefined;
}

/** Builds at a time that run on this machine; the others wait as PENDING. */
const AT_ONCE = 4;
/** Builds at a time that only take their time. */
const IDLE_AT_ONCE = 100;
/** How often pipelines are looked at: their schedules go by the minute. */
const TICK_MS = 1000;

export function openBuilder(options: BuilderOptions): Builder {
  const { store, clock } = options;
  const layers = join(options.folder, 'layers');
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  const waiting: [region: string, arn: string][] = [];
  let closing = false;
  let ticking: NodeJS.Timeout | undefined;

  function transact<T>(work: (place: { state: Transaction; now: Date }) => T): T {
    const state = begin(store);
    const result = work({ state, now: clock.now() });
    store.commit(state.changes());
    return result;
  }

  function next(): void {
    if (closing) return;
    while (running.size < (options.rehearse === 'off' ? IDLE_AT_ONCE : AT_ONCE)) {
      const one = waiting.shift();
      if (!one) return;
      const [region, arn] = one;
      const stop = new AbortController();
      // After an end of any kind the next one's turn comes.
      const done = carryOut(region, arn, stop.signal).finally(() => {
        running.delete(arn);
        sweepLayers();
        next();
      });
      running.set(arn, { stop, done });
    }
  }

  async function carryOut(region: string, arn: string, signal: AbortSignal): Promise<void> {
    const build = getRow(store, 'build', keyOf(region, arn));
    if (!build || !isUnderWay(build)) return;
    mkdirSync(layers, { recursive: true });
    try {
      // Loaded with the first build: opening must stay quick.
      const { runBuild } = await import('./run-build.ts');
      await runBuild({ ...options, build, layers, transact, signal });
    } catch {
      // The state could not be written: the build stays under way and starts again with the next owner.
    }
  }

  function sweepLayers(): void {
    if (closing || running.size > 0 || !existsSync(layers)) return;
    const rows = [...store.list('image'), ...store.list('snapshot'), ...store.list('volume')] as {
      disk?: DiskRecord | undefined;
    }[];
    const needed = new Set(rows.map((row) => row.disk?.layer));
    for (const file of readdirSync(layers)) {
      if (!needed.has(file)) rmSync(join(layers, file), { recursive: true, force: true });
    }
  }

  function start(region: string, arn: string): void {
    waiting.push([region, arn]);
    next();
  }

  function tick(): void {
    const due = (store.list('pipeline') as PipelineRow[]).some(
      ({ nextRunAt }) => nextRunAt !== undefined && Date.parse(nextRunAt) <= clock.now().getTime(),
    );
    // Like a build: what cannot be written now is due at the next tick, too.
    if (due) runPipelines().catch(() => undefined);
  }

  async function runPipelines(): Promise<void> {
    // Loaded when first needed: opening must stay quick.
    const { runDuePipelines: runDue } = await import('./pipeline-runs.ts');
    if (closing) return;
    const state = begin(store);
    const afterwards: (() => void)[] = [];
    runDue({ state, now: clock.now(), builder, afterwards: (work) => afterwards.push(work) });
    store.commit(state.changes());
    for (const work of afterwards) work();
  }

  const builder: Builder = {
    start,
    tick,
    cancel(arn) {
      running.get(arn)?.stop.abort();
    },
    sweepLayers,
    resume() {
      const builds = store.list('build') as BuildRow[];
      waiting.push(...builds.filter(isUnderWay).map((build): [string, string] => [build.region, build.arn]));
      sweepLayers();
      next();
      tick();
      ticking = setInterval(tick, TICK_MS).unref();
    },
    async close() {
      closing = true;
      clearInterval(ticking);
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
  return builder;
}
