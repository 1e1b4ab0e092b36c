/** Runs the machines of instances: carries out what handlers wrote into the rows, and records the result there. */
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
  /** boot, stop and terminate are called after the row has its transitional state; they record the final state. */
  boot(region: string, id: string): void;
  stop(region: string, id: string): void;
  terminate(region: string, id: string): void;
  /** Saves the disk of a running instance for an image; with `endProcesses` it first ends the instance's processes. */
  capture(region: string, id: string, request: { imageId: string; endProcesses: boolean }): void;
  /** Whether an instance has a machine; without rehearsals none has. */
  has(id: string): boolean;
  /** Called before each request: refuses launches that this machine cannot run, and lets reads wait briefly for pending work. */
  prepare(service: string, operation: string): Promise<void>;
  sshPort(): number;
  /** Starts the machines that ran when the last server closed. Those of a server that died are lost. */
  resume(): void;
  /** Saves and stops all machines; the next server starts them again. */
  close(): Promise<void>;
}

export interface MachinesOptions {
  store: StateStore;
  clock: Clock;
  /** The state folder. */
  folder: string;
  rehearse: SandboxOptions['rehearse'];
  rootfs: string | undefined;
  /** Removes layers that no disk uses. */
  sweepLayers(): void;
}

/** How long a read waits for pending work. Without it clients would poll again only after 15 s. */
const READ_WAIT_MS = 2_000;
const LAUNCHES = new Set(['RunInstances', 'StartInstances']);
const WAITING_READS = new Set(['DescribeInstances', 'DescribeImages']);

export function openMachines(options: MachinesOptions): Machines {
  const { store, clock, folder } = options;
  const machines = new Map<string, Machine>();
  /** One queue per instance: its work runs in sequence. */
  const queues = new Map<string, Promise<void>>();
  const boots = new Map<string, AbortController>();
  let closing = false;

  function inTransaction<T>(region: string, work: (place: RecordContext) => T): T {
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
      // Each piece of work records its own failure. If the state cannot be written, it stays unchanged.
      .catch(() => undefined)
      .finally(() => {
        if (queues.get(id) === done) queues.delete(id);
      });
    queues.set(id, done);
  }

  async function bootNow(row: InstanceRow): Promise<void> {
    if (row.state !== 'pending' || closing) return;
    if (options.rehearse === 'off')
      return inTransaction(row.region, (place) => recordMove(place, row.id, 'pending', 'running'));
    const stop = new AbortController();
    boots.set(row.id, stop);
    try {
      // Imported with the first instance, so that opening a sandbox stays fast.
      const { startMachine } = await import('./machine.ts');
      mkdirSync(join(folder, 'instances'), { recursive: true });
      const machine = await startMachine({ ...options, row, port: sshPort(), signal: stop.signal });
      machines.set(row.id, machine);
      machine.ended.then(
        () => handleLostMachine(row, machine),
        () => undefined,
      );
      inTransaction(row.region, (place) => recordMove(place, row.id, 'pending', 'running', machine.address));
    } catch (error) {
      if (!stop.signal.aborted)
        inTransaction(row.region, (place) => recordLoss(place, row.id, (error as Error).message));
    } finally {
      boots.delete(row.id);
    }
  }

  /** The machine ended without a request. */
  function handleLostMachine({ region, id }: InstanceRow, machine: Machine): void {
    if (machines.get(id) !== machine) return;
    machines.delete(id);
    inTransaction(region, (place) => recordLoss(place, id, 'a process outside the sandbox killed it'));
    machine.close().catch(() => undefined);
  }

  /** Renames the layer and writes its row without an await in between, so that the sweeper sees both or neither. */
  async function saveDisk(machine: Machine, keep: (layer: string) => void): Promise<void> {
    const { file, layer } = await machine.save();
    mkdirSync(join(folder, 'layers'), { recursive: true });
    renameSync(file, join(folder, 'layers', layer));
    keep(layer);
  }

  async function halt(row: InstanceRow, next: 'stopped' | 'pending'): Promise<void> {
    const machine = machines.get(row.id);
    if (!machine) return inTransaction(row.region, (place) => recordMove(place, row.id, row.state, next));
    machines.delete(row.id);
    try {
      await machine.endProcesses();
      await saveDisk(machine, (layer) =>
        inTransaction(row.region, (place) => recordLayer(place, row.id, layer, next)),
      );
    } catch (error) {
      inTransaction(row.region, (place) => recordLoss(place, row.id, (error as Error).message));
    }
    await machine.close();
    if (next === 'stopped') options.sweepLayers();
  }

  async function captureNow(
    row: InstanceRow,
    { imageId, endProcesses }: { imageId: string; endProcesses: boolean },
  ): Promise<void> {
    const machine = machines.get(row.id);
    try {
      if (!machine) throw new Error('the instance has ended');
      if (endProcesses) await machine.endProcesses();
      await saveDisk(machine, (layer) =>
        inTransaction(row.region, (place) => recordCapture(place, row.id, imageId, layer)),
      );
    } catch {
      inTransaction(row.region, (place) => recordCaptureFailure(place, imageId));
    }
  }

  return {
    boot: (region, id) => enqueue(region, id, bootNow),
    stop: (region, id) => enqueue(region, id, (row) => halt(row, 'stopped')),
    capture: (region, id, request) => enqueue(region, id, (row) => captureNow(row, request)),
    terminate(region, id) {
      boots.get(id)?.abort(new Error('terminated'));
      enqueue(region, id, async () => {
        const machine = machines.get(id);
        machines.delete(id);
        await machine?.close();
        inTransaction(region, (place) => recordTermination(place, id));
        options.sweepLayers();
      });
    },
    has: (id) => machines.has(id),
    async prepare(service, operation) {
      if (service !== 'ec2') return;
      if (WAITING_READS.has(operation) && queues.size > 0) {
        await Promise.race([Promise.all(queues.values()), sleep(READ_WAIT_MS, undefined, { ref: false })]);
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
      // Unfinished layers of a server that died.
      rmSync(join(folder, 'instances'), { recursive: true, force: true });
      for (const row of store.list('instance') as InstanceRow[]) resumeOne(row);
      for (const image of store.list('image') as { region: string; id: string; making?: string }[]) {
        if (image.making === 'pending')
          inTransaction(image.region, (place) => recordCaptureFailure(place, image.id));
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
    if (state === 'shutting-down') return inTransaction(region, (place) => recordTermination(place, id));
    if (state === 'stopping' && options.rehearse === 'off') {
      return inTransaction(region, (place) => recordMove(place, id, 'stopping', 'stopped'));
    }
    const isLost = state === 'stopping' || (state === 'running' && options.rehearse !== 'off');
    if (isLost)
      inTransaction(region, (place) =>
        recordLoss(place, id, 'the sandbox was killed while it ran, and its disk is lost'),
      );
  }
}
