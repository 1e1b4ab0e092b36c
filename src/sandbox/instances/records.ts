/** Owns what machines write into the rows: states, disks, images. Each is one step, and finds the row as it is now. */
import type { Call } from '../call.ts';
import { getRow, rowKey, putRow, type DiskRecord } from '../tables.ts';
import type { InstanceRow, InstanceState } from '../ec2/rows.ts';
import { removeVolume, saveVolume, volumesOf } from '../ec2/volumes.ts';

export type RecordContext = Pick<Call, 'state' | 'region' | 'now'>;

/** From one state to the next, unless it is in another by now. */
export function recordMove(
  place: RecordContext,
  id: string,
  from: InstanceState,
  to: InstanceState,
  facts: Partial<Pick<InstanceRow, 'privateIp'>> = {},
): void {
  const row = rowOf(place, id);
  if (row?.state === from) save(place, { ...row, ...facts, state: to, stateSince: place.now.toISOString() });
}

/** The root volume holds this layer from now on. */
export function recordLayer(place: RecordContext, id: string, layer: string, to: InstanceState): void {
  const row = rowOf(place, id);
  if (!row) return;
  keepLayer(place, row, layer);
  if (row.state === 'stopping' || row.state === 'running') {
    save(place, { ...row, state: to, stateSince: place.now.toISOString() });
  }
}

/** The image and the snapshot of its root hold this layer, and so does the volume. */
export function recordCapture(place: RecordContext, id: string, imageId: string, layer: string): void {
  const row = rowOf(place, id);
  const disk = row && keepLayer(place, row, layer);
  const image = getRow(place.state, 'image', rowKey(place.region, imageId));
  if (!image || !disk) return;
  putRow(place.state, 'image', rowKey(place.region, imageId), { ...image, making: undefined, disk });
  const root = image.devices.find(({ device }) => device === image.rootDevice)?.snapshotId ?? '';
  const snapshot = getRow(place.state, 'snapshot', rowKey(place.region, root));
  if (snapshot) putRow(place.state, 'snapshot', rowKey(place.region, root), { ...snapshot, disk });
}

export function recordCaptureFailure(
  { state, region }: Pick<RecordContext, 'state' | 'region'>,
  imageId: string,
): void {
  const image = getRow(state, 'image', rowKey(region, imageId));
  if (image) putRow(state, 'image', rowKey(region, imageId), { ...image, making: 'failed' });
}

function keepLayer(place: RecordContext, row: InstanceRow, layer: string): DiskRecord | undefined {
  const root = volumesOf(place, row)[0];
  if (!root?.disk) return undefined;
  const disk = { ...root.disk, layer };
  saveVolume(place, { ...root, disk });
  return disk;
}

/** Volumes go with the instance or stay, as their attachment says. */
export function recordTermination(place: RecordContext, id: string): void {
  const row = rowOf(place, id);
  if (!row) return;
  for (const volume of volumesOf(place, row)) {
    if (volume.attachment?.deleteOnTermination === true) removeVolume(place, volume.id);
    else saveVolume(place, { ...volume, attachment: undefined });
  }
  save(place, { ...row, state: 'terminated', stateSince: place.now.toISOString() });
}

/** EC2 API reference, StateReason: Server.InternalError. */
export function recordLoss(place: RecordContext, id: string, why: string): void {
  const row = rowOf(place, id);
  if (!row || row.state === 'terminated') return;
  const message = `Server.InternalError: ${why}`;
  save(place, { ...row, reason: { code: 'Server.InternalError', message } });
  recordTermination(place, id);
}

function rowOf({ state, region }: RecordContext, id: string): InstanceRow | undefined {
  return getRow(state, 'instance', rowKey(region, id));
}

function save({ state, region }: RecordContext, row: InstanceRow): void {
  putRow(state, 'instance', rowKey(region, row.id), row);
}
