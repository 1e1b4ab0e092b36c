/** Queues and runs image builds, runs due pipelines, and removes unused layers from disk. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { SandboxOptions } from '../contract.ts';
import type { FaultDice } from '../faults.ts';
import type { StateStore } from '../store/store.ts';
import { begin, type Transaction } from '../store/transaction.ts';
import { getRow, isUnderWay, rowKey, type BuildRow, type DiskRecord, type PipelineRow } from '../tables.ts';

export interface Builder {
  start(region: string, arn: string): void;
  /** Stops a running build, after its record was set to CANCELLED. */
  cancel(arn: string): void;
  /** Removes layers that no image, snapshot or volume uses. */
  sweepLayers(): void;
  /** Restarts the builds that were in progress when the state was last closed, and starts the pipeline timer. */
  resume(): void;
  /** Runs the pipelines that are due. Also called after the sandbox clock was set. */
  tick(): void;
  /** Stops all builds and waits for them. Their records keep the state in progress. */
  close(): Promise<void>;
}

/** Runs `work` as one durable transaction. */
export type Transact = <T>(work: (place: { state: Transaction; now: Date }) => T) => T;

export interface BuilderOptions {
  store: StateStore;
  clock: Clock;
  faults: FaultDice;
  /** The state folder. */
  folder: string;
  rehearse: SandboxOptions['rehearse'];
  rootfs: string | undefined;
}

/** Limit of concurrent builds that run scripts on this machine; the others wait as PENDING. */
const AT_ONCE = 4;
/** Limit of concurrent builds that run no scripts and only wait. */
const IDLE_AT_ONCE = 100;
/** Interval of the pipeline timer. Schedules have a resolution of one minute. */
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
      // Start the next build, however this one ended.
      const done = carryOut(region, arn, stop.signal).finally(() => {
        running.delete(arn);
        sweepLayers();
        next();
      });
      running.set(arn, { stop, done });
    }
  }

  async function carryOut(region: string, arn: string, signal: AbortSignal): Promise<void> {
    const build = getRow(store, 'build', rowKey(region, arn));
    if (!build || !isUnderWay(build)) return;
    mkdirSync(layers, { recursive: true });
    try {
      // Imported with the first build to keep start-up fast.
      const { runBuild } = await import('./run-build.ts');
      await runBuild({ ...options, build, layers, transact, signal });
    } catch {
      // The state could not be written. The build stays in progress, and the next process restarts it.
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
    // If the state cannot be written now, the pipeline is still due at the next tick.
    if (due) runPipelines().catch(() => undefined);
  }

  async function runPipelines(): Promise<void> {
    // Imported on first use to keep start-up fast.
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
