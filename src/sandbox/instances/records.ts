/** Records in the rows what machines did to instances, disks and images. Each function reads the current row first. */
import type { Call } from '../call.ts';
import { getRow, rowKey, putRow, type DiskRecord } from '../tables.ts';
import type { InstanceRow, InstanceState } from '../ec2/rows.ts';
import { removeVolume, saveVolume, volumesOf } from '../ec2/volumes.ts';

export type RecordContext = Pick<Call, 'state' | 'region' | 'now'>;

/** Moves an instance from one state to another, unless its state has changed. */
export function recordMove(
  context: RecordContext,
  id: string,
  from: InstanceState,
  to: InstanceState,
  address?: string,
): void {
  const row = rowOf(context, id);
  if (row?.state === from)
    save(context, {
      ...row,
      privateIp: address ?? row.privateIp,
      state: to,
      stateSince: context.now.toISOString(),
    });
}

/** Sets the layer of the root volume, and the state. */
export function recordLayer(context: RecordContext, id: string, layer: string, to: InstanceState): void {
  const row = rowOf(context, id);
  if (!row) return;
  keepLayer(context, row, layer);
  if (row.state === 'stopping' || row.state === 'running') {
    save(context, { ...row, state: to, stateSince: context.now.toISOString() });
  }
}

/** Sets the layer of the root volume, of the image, and of the image's root snapshot. */
export function recordCapture(context: RecordContext, id: string, imageId: string, layer: string): void {
  const row = rowOf(context, id);
  const disk = row && keepLayer(context, row, layer);
  const image = getRow(context.state, 'image', rowKey(context.region, imageId));
  if (!image || !disk) return;
  putRow(context.state, 'image', rowKey(context.region, imageId), { ...image, making: undefined, disk });
  const root = image.devices.find(({ device }) => device === image.rootDevice)?.snapshotId ?? '';
  const snapshot = getRow(context.state, 'snapshot', rowKey(context.region, root));
  if (snapshot) putRow(context.state, 'snapshot', rowKey(context.region, root), { ...snapshot, disk });
}

export function recordCaptureFailure(
  { state, region }: Pick<RecordContext, 'state' | 'region'>,
  imageId: string,
): void {
  const image = getRow(state, 'image', rowKey(region, imageId));
  if (image) putRow(state, 'image', rowKey(region, imageId), { ...image, making: 'failed' });
}

function keepLayer(context: RecordContext, row: InstanceRow, layer: string): DiskRecord | undefined {
  const root = volumesOf(context, row)[0];
  if (!root?.disk) return undefined;
  const disk = { ...root.disk, layer };
  saveVolume(context, { ...root, disk });
  return disk;
}

/** Deletes the volumes whose attachment says so, and detaches the others. */
export function recordTermination(context: RecordContext, id: string): void {
  const row = rowOf(context, id);
  if (!row) return;
  for (const volume of volumesOf(context, row)) {
    if (volume.attachment?.deleteOnTermination === true) removeVolume(context, volume.id);
    else saveVolume(context, { ...volume, attachment: undefined });
  }
  save(context, { ...row, state: 'terminated', stateSince: context.now.toISOString() });
}

/** Records that an instance ended without a request (EC2 API reference, StateReason: Server.InternalError). */
export function recordLoss(context: RecordContext, id: string, why: string): void {
  const row = rowOf(context, id);
  if (!row || row.state === 'terminated') return;
  const message = `Server.InternalError: ${why}`;
  save(context, { ...row, reason: { code: 'Server.InternalError', message } });
  recordTermination(context, id);
}

function rowOf({ state, region }: RecordContext, id: string): InstanceRow | undefined {
  return getRow(state, 'instance', rowKey(region, id));
}

function save({ state, region }: RecordContext, row: InstanceRow): void {
  putRow(state, 'instance', rowKey(region, row.id), row);
}
