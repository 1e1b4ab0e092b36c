/** Owns the machines behind instances: what the API wrote into the rows is made true, and the rows then say so. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { SandboxOptions } from '../contract.ts';
import type { StateStore } from '../store/store.ts';
import { begin } from '../store/transaction.ts';
import { getRow, rowKey } from '../tables.ts';
import type { InstanceRow } from '../ec2/rows.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Machine } from './machine.ts';
import { sshPort } from './port.ts';
import {
  recordCapture,
  recordLoss,
  recordMove,
  recordCaptureFailure,
  recordLayer,
  recordTermination,
  type RecordContext,
} from './records.ts';

export interface Machines {
  /** All of these are told after the row says what is wanted, and answer by changing the row. */
  boot(region: string, id: string): void;
  stop(region: string, id: string): void;
  terminate(region: string, id: string): void;
  /** Writes down what a running instance holds, for an image. @param wish quiet: its processes are ended first */
  capture(region: string, id: string, wish: { imageId: string; quiet: boolean }): void;
  /** Whether there is a machine: not so where scripts are not run. */
  has(id: string): boolean;
  /** Before a request is carried out: refuses launches that this machine cannot bear, and lets what is nearly done be done. */
  prepare(service: string, operation: string): Promise<void>;
  sshPort(): number;
  /** Starts those that ran when the state was last left; those of a server that died are lost. */
  resume(): void;
  /** Writes down and stops all: they start again with the next server. */
  close(): Promise<void>;
}

export interface MachinesOptions {
  store: StateStore;
  clock: Clock;
  /** The state folder. */
  folder: string;
  rehearse: SandboxOptions['rehearse'];
  rootfs: string | undefined;
  /** Removes layers that nothing stands on any more. */
  sweepLayers(): void;
}

/** How long a request that looks waits for what is under way: clients ask again after 15 s otherwise. */
const PATIENCE_MS = 2_000;
const LAUNCHES = new Set(['RunInstances', 'StartInstances']);
const WAITING_READS = new Set(['DescribeInstances', 'DescribeImages']);

export function openMachines(options: MachinesOptions): Machines {
  const { store, clock, folder } = options;
  const machines = new Map<string, Machine>();
  /** Per instance: what is asked of it is done one after the other. */
  const queues = new Map<string, Promise<void>>();
  const boots = new Map<string, AbortController>();
  let closing = false;

  function record<T>(region: string, work: (place: RecordContext) => T): T {
    const state = begin(store);
    const result = work({ state, region, now: clock.now() });
    store.commit(state.changes());
    return result;
  }

  function enqueue(region: string, id: string, work: (row: InstanceRow) => Promise<void> | void): void {
    const before = queues.get(id) ?? Promise.resolve();
    const done = before
      .then(() => {
        const row = getRow(store, 'instance', rowKey(region, id));
        return row && work(row);
      })
      // What fails is recorded where it happens; a state that cannot be written stays as it was.
      .catch(() => undefined)
      .finally(() => {
        if (queues.get(id) === done) queues.delete(id);
      });
    queues.set(id, done);
  }

  async function bootNow(row: InstanceRow): Promise<void> {
    if (row.state !== 'pending' || closing) return;
    if (options.rehearse === 'off')
      return record(row.region, (place) => recordMove(place, row.id, 'pending', 'running'));
    const stop = new AbortController();
    boots.set(row.id, stop);
    try {
      // Loaded with the first instance: opening must stay quick.
      const { startMachine } = await import('./machine.ts');
      mkdirSync(join(folder, 'instances'), { recursive: true });
      const machine = await startMachine({ ...options, row, port: sshPort(), signal: stop.signal });
      machines.set(row.id, machine);
      machine.ended.then(
        () => dropLost(row, machine),
        () => undefined,
      );
      record(row.region, (place) => recordMove(place, row.id, 'pending', 'running', machine.address));
    } catch (error) {
      if (!stop.signal.aborted)
        record(row.region, (place) => recordLoss(place, row.id, (error as Error).message));
    } finally {
      boots.delete(row.id);
    }
  }

  /** Nobody asked for it, and it is gone. */
  function dropLost({ region, id }: InstanceRow, machine: Machine): void {
    if (machines.get(id) !== machine) return;
    machines.delete(id);
    record(region, (place) => recordLoss(place, id, 'its processes were ended from outside'));
    machine.close().catch(() => undefined);
  }

  /** The layer under its final name, and the row that names it, at once: the sweeper sees both or neither. */
  async function saveDisk(machine: Machine, keep: (layer: string) => void): Promise<void> {
    const { file, layer } = await machine.save();
    mkdirSync(join(folder, 'layers'), { recursive: true });
    renameSync(file, join(folder, 'layers', layer));
    keep(layer);
  }

  async function halt(row: InstanceRow, next: 'stopped' | 'pending'): Promise<void> {
    const machine = machines.get(row.id);
    if (!machine) return record(row.region, (place) => recordMove(place, row.id, row.state, next));
    machines.delete(row.id);
    try {
      await machine.endProcesses();
      await saveDisk(machine, (layer) =>
        record(row.region, (place) => recordLayer(place, row.id, layer, next)),
      );
    } catch (error) {
      record(row.region, (place) => recordLoss(place, row.id, (error as Error).message));
    }
    await machine.close();
    if (next === 'stopped') options.sweepLayers();
  }

  async function captureNow(
    row: InstanceRow,
    { imageId, quiet }: { imageId: string; quiet: boolean },
  ): Promise<void> {
    const machine = machines.get(row.id);
    try {
      if (!machine) throw new Error('the instance ended meanwhile');
      if (quiet) await machine.endProcesses();
      await saveDisk(machine, (layer) =>
        record(row.region, (place) => recordCapture(place, row.id, imageId, layer)),
      );
    } catch {
      record(row.region, (place) => recordCaptureFailure(place, imageId));
    }
  }

  return {
    boot: (region, id) => enqueue(region, id, bootNow),
    stop: (region, id) => enqueue(region, id, (row) => halt(row, 'stopped')),
    capture: (region, id, wish) => enqueue(region, id, (row) => captureNow(row, wish)),
    terminate(region, id) {
      boots.get(id)?.abort(new Error('terminated'));
      enqueue(region, id, async () => {
        const machine = machines.get(id);
        machines.delete(id);
        await machine?.close();
        record(region, (place) => recordTermination(place, id));
        options.sweepLayers();
      });
    },
    has: (id) => machines.has(id),
    async prepare(service, operation) {
      if (service !== 'ec2') return;
      if (WAITING_READS.has(operation) && queues.size > 0) {
        await Promise.race([Promise.all(queues.values()), sleep(PATIENCE_MS, undefined, { ref: false })]);
      }
      if (!LAUNCHES.has(operation) || options.rehearse === 'off') return;
      const { whyNoInstances } = await import('../../engines/rehearsal/instance.ts');
      const why = await whyNoInstances();
      if (why === undefined) return;
      throw new AwsError(
        'InsufficientInstanceCapacity',
        `This machine cannot run instances of the sandbox: ${why}. They need Linux with root or user namespaces.`,
      );
    },
    sshPort,
    resume() {
      // Parts of a layer that a dead server was writing.
      rmSync(join(folder, 'instances'), { recursive: true, force: true });
      for (const row of store.list('instance') as InstanceRow[]) resumeOne(row);
      for (const image of store.list('image') as { region: string; id: string; making?: string }[]) {
        if (image.making === 'pending')
          record(image.region, (place) => recordCaptureFailure(place, image.id));
      }
    },
    async close() {
      closing = true;
      for (const stop of boots.values()) stop.abort(new Error('the sandbox closes'));
      await Promise.all(queues.values());
      const running = (store.list('instance') as InstanceRow[]).filter(({ id }) => machines.has(id));
      await Promise.all(running.map((row) => halt(row, 'pending')));
    },
  };

  function resumeOne(row: InstanceRow): void {
    const { region, id, state } = row;
    if (state === 'pending') return enqueue(region, id, bootNow);
    if (state === 'shutting-down') return record(region, (place) => recordTermination(place, id));
    if (state === 'stopping' && options.rehearse === 'off') {
      return record(region, (place) => recordMove(place, id, 'stopping', 'stopped'));
    }
    const isLost = state === 'stopping' || (state === 'running' && options.rehearse !== 'off');
    if (isLost)
      record(region, (place) =>
        recordLoss(place, id, 'the sandbox ended while it ran, and with it what it held'),
      );
  }
}
