/** Starts one machine: the root filesystem of its volume, and an SSH server that runs commands in it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startInstance } from '../../engines/rehearsal/instance.ts';
import type { RehearsalTarget } from '../../engines/rehearsal/contract.ts';
import type { InstanceRow } from '../ec2/rows.ts';
import { tagsOf } from '../ec2/tags.ts';
import { volumesOf } from '../ec2/volumes.ts';
import type { StateStore } from '../store/store.ts';
import { begin } from '../store/transaction.ts';
import { getRow, rowKey, type DiskRecord } from '../tables.ts';
import { openSsh } from './ssh.ts';

export interface MachineRequest {
  store: StateStore;
  folder: string;
  rootfs: string | undefined;
  row: InstanceRow;
  port: number;
  signal: AbortSignal;
}

export interface Machine {
  /** Its SSH server listens there. */
  address: string;
  ended: Promise<void>;
  /** Ends its processes, so that what they write is complete. */
  endProcesses(): Promise<void>;
  /** Writes the layer to a file and returns the name for it in the layers folder. */
  save(): Promise<{ file: string; layer: string }>;
  close(): Promise<void>;
}

/** @throws Error that says why the machine does not start; signal.reason if aborted */
export async function startMachine({
  store,
  folder,
  rootfs,
  row,
  port,
  signal,
}: MachineRequest): Promise<Machine> {
  const place = { state: begin(store), region: row.region };
  const root = volumesOf(place, row)[0];
  const target = targetOf(row, root?.disk, tagsOf(place, row.imageId));
  const file = join(folder, 'instances', `${row.id}.tar`);
  const layer = root?.disk?.layer;
  const instance = await startInstance({
    target,
    rootfs,
    layer: layer === undefined ? undefined : join(folder, 'layers', layer),
    scratch: file,
    signal,
  });
  try {
    const publicKey = row.keyName && getRow(store, 'keyPair', rowKey(row.region, row.keyName))?.publicKey;
    const ssh = await openSsh({ instance, preferredAddress: row.privateIp, port, publicKey });
    return {
      address: ssh.address,
      ended: instance.ended,
      endProcesses: () => instance.quiet(),
      async save() {
        await instance.save(file);
        return { file, layer: `${row.id}-${randomBytes(6).toString('hex')}.tar` };
      },
      async close() {
        await ssh.close();
        await instance.close();
      },
    };
  } catch (error) {
    await instance.close();
    throw error;
  }
}

/** The OS on a disk: from the disk's record, else from ParallelCluster's tags of the image. */
function targetOf(
  { imageId, architecture }: InstanceRow,
  disk: DiskRecord | undefined,
  tags: Readonly<Record<string, string>>,
): RehearsalTarget {
  const os = disk?.os ?? tags['parallelcluster:os'];
  const parallelcluster = disk?.parallelcluster ?? tags['parallelcluster:version'];
  if (os !== undefined && parallelcluster !== undefined) return { os, arch: architecture, parallelcluster };
  throw new Error(
    `the sandbox does not know the content of ${imageId}: tag it with parallelcluster:os and parallelcluster:version`,
  );
}
