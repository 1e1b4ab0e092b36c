/** Owns CreateSnapshot: of a volume as it was last written down. */
import type { Call } from '../call.ts';
import { addTags, checkSpecified, specifiedTags, type TagSpecification } from './tags.ts';
import { describeSnapshots, makeSnapshot } from './snapshots.ts';
import { findVolume } from './volumes.ts';

export function createSnapshot(
  input: { VolumeId: string; Description?: string; TagSpecifications?: TagSpecification[] },
  call: Call,
): object {
  checkSpecified(input.TagSpecifications, ['snapshot']);
  const volume = findVolume(call, input.VolumeId);
  const id = makeSnapshot(call, {
    description: input.Description ?? '',
    sizeGiB: volume.sizeGiB,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    volumeId: volume.id,
    disk: volume.disk,
  });
  addTags(call, id, specifiedTags(input.TagSpecifications, 'snapshot'));
  const { Snapshots: [snapshot = {}] = [] } = describeSnapshots({ SnapshotIds: [id] }, call) as {
    Snapshots?: object[];
  };
  return { ...snapshot, State: 'pending', Progress: '' };
}
