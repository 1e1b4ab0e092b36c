/** Owns what machines write into the rows: states, disks, images. Each is one step, and finds the row as it is now. */
import type { Call } from '../call.ts';
import { getRow, keyOf, putRow, type DiskRecord } from '../tables.ts';
import type { InstanceRow, InstanceState } from '../ec2/rows.ts';
import { removeVolume, saveVolume, volumesOf } from '../ec2/volumes.ts';

export type Place = Pick<Call, 'state' | 'region' | 'now'>;

/** From one state to the next, unless it is in another by now. */
export function moved(
  place: Place,
  id: string,
  from: InstanceState,
  to: InstanceState,
  facts: Partial<Pick<InstanceRow, 'privateIp'>> = {},
): void {
  const row = rowOf(place, id);
  if (row?.state === from) save(place, { ...row, ...facts, state: to, stateSince: place.now.toISOString() });
}

/** The root volume holds this layer from now on. */
export function saved(place: Place, id: string, layer: string, to: InstanceState): void {
  const row = rowOf(place, id);
  if (!row) return;
  keepLayer(place, row, layer);
  if (row.state === 'stopping' || row.state === 'running') {
    save(place, { ...row, state: to, stateSince: place.now.toISOString() });
  }
}

/** The image and the snapshot of its root hold this layer, and so does the volume. */
export function captured(place: Place, id: string, imageId: string, layer: string): void {
  const row = rowOf(place, id);
  const disk = row && keepLayer(place, row, layer);
  const image = getRow(place.state, 'image', keyOf(place.region, imageId));
  if (!image || !disk) return;
  putRow(place.state, 'image', keyOf(place.region, imageId), { ...image, making: undefined, disk });
  const root = image.devices.find(({ device }) => device === image.rootDevice)?.snapshotId ?? '';
  const snapshot = getRow(place.state, 'snapshot', keyOf(place.region, root));
  if (snapshot) putRow(place.state, 'snapshot', keyOf(place.region, root), { ...snapshot, disk });
}

export function notCaptured({ state, region }: Pick<Place, 'state' | 'region'>, imageId: string): void {
  const image = getRow(state, 'image', keyOf(region, imageId));
  if (image) putRow(state, 'image', keyOf(region, imageId), { ...image, making: 'failed' });
}

function keepLayer(place: Place, row: InstanceRow, layer: string): DiskRecord | undefined {
  const root = volumesOf(place, row)[0];
  if (!root?.disk) return undefined;
  const disk = { ...root.disk, layer };
  saveVolume(place, { ...root, disk });
  return disk;
}

/** Volumes go with the instance or stay, as their attachment says. */
export function terminated(place: Place, id: string): void {
  const row = rowOf(place, id);
  if (!row) return;
  for (const volume of volumesOf(place, row)) {
    if (volume.attachment?.deleteOnTermination === true) removeVolume(place, volume.id);
    else saveVolume(place, { ...volume, attachment: undefined });
  }
  save(place, { ...row, state: 'terminated', stateSince: place.now.toISOString() });
}

/** EC2 API reference, StateReason: Server.InternalError. */
export function lost(place: Place, id: string, why: string): void {
  const row = rowOf(place, id);
  if (!row || row.state === 'terminated') return;
  const message = `Server.InternalError: ${why}`;
  save(place, { ...row, reason: { code: 'Server.InternalError', message } });
  terminated(place, id);
}

function rowOf({ state, region }: Place, id: string): InstanceRow | undefined {
  return getRow(state, 'instance', keyOf(region, id));
}

function save({ state, region }: Place, row: InstanceRow): void {
  putRow(state, 'instance', keyOf(region, row.id), row);
}
