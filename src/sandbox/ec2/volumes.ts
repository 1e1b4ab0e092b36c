/** Handles DescribeVolumes and DeleteVolume; creates the volumes of launches. */
import type { Call, Handlers } from '../call.ts';
import { newId } from '../ids.ts';
import { getRow, rowKey, listRows, putRow, type DeviceRow, type DiskRecord } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { keyArn } from './ebs-key.ts';
import type { Fields, Filter } from './filters.ts';
import { describeResources } from './network/describe.ts';
import type { InstanceRow, VolumeRow } from './rows.ts';
import { dropTags } from './tags.ts';

export const volumeOperations: Handlers = {
  DeleteVolume: deleteVolume,
  DescribeVolumes: describeVolumes,
};

type RegionState = Pick<Call, 'state' | 'region'>;

/** @throws AwsError InvalidVolumeID.Malformed, InvalidVolume.NotFound (EC2 API reference, "Error codes") */
export function findVolume({ state, region }: RegionState, id: string): VolumeRow {
  if (!/^vol-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new AwsError('InvalidVolumeID.Malformed', `Invalid id: "${id}" (expecting "vol-...")`);
  }
  const row = getRow(state, 'volume', rowKey(region, id));
  if (!row) throw volumeNotFound(id);
  return row;
}

function volumeNotFound(id: string): AwsError {
  return new AwsError('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
}

/** The volumes of an instance, the root first. */
export function volumesOf({ state, region }: RegionState, instance: InstanceRow): VolumeRow[] {
  const isRoot = (row: VolumeRow): boolean => row.attachment?.device === instance.rootDevice;
  return listRows(state, 'volume', region)
    .filter((row) => row.attachment?.instanceId === instance.id)
    .sort((a, b) => Number(isRoot(b)) - Number(isRoot(a)));
}

export function saveVolume({ state, region }: RegionState, row: VolumeRow): void {
  putRow(state, 'volume', rowKey(region, row.id), row);
}

export function removeVolume(call: RegionState, id: string): void {
  call.state.remove('volume', rowKey(call.region, id));
  dropTags(call, id);
}

/** Creates the volume of one device of a launch. */
export function createLaunchVolume(
  call: Pick<Call, 'state' | 'region' | 'now'>,
  instance: Pick<InstanceRow, 'id' | 'zone'>,
  device: DeviceRow & { kmsKeyId?: string | undefined },
  disk: DiskRecord | undefined,
): VolumeRow {
  const at = call.now.toISOString();
  const row: VolumeRow = {
    region: call.region,
    id: newId('vol'),
    zone: instance.zone,
    sizeGiB: device.sizeGiB,
    type: device.type,
    iops: device.iops,
    throughput: device.throughput,
    encrypted: device.encrypted,
    kmsKeyId: device.encrypted ? keyArn(call, device.kmsKeyId) : undefined,
    snapshotId: device.snapshotId,
    createdAt: at,
    attachment: {
      instanceId: instance.id,
      device: device.device,
      deleteOnTermination: device.deleteOnTermination,
      at,
    },
    disk,
  };
  saveVolume(call, row);
  return row;
}

const fields: Fields<VolumeRow> = {
  'attachment.attach-time': (row) => [row.attachment?.at],
  'attachment.delete-on-termination': (row) => [row.attachment && String(row.attachment.deleteOnTermination)],
  'attachment.device': (row) => [row.attachment?.device],
  'attachment.instance-id': (row) => [row.attachment?.instanceId],
  'attachment.status': (row) => [row.attachment && 'attached'],
  'availability-zone': (row) => [row.zone],
  'create-time': (row) => [row.createdAt],
  encrypted: (row) => [String(row.encrypted)],
  size: (row) => [String(row.sizeGiB)],
  'snapshot-id': (row) => [row.snapshotId],
  status: (row) => [stateOf(row)],
  'volume-id': (row) => [row.id],
  'volume-type': (row) => [row.type],
};

interface DescribeInput {
  VolumeIds?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

function describeVolumes(input: DescribeInput, call: Call): object {
  for (const id of input.VolumeIds ?? []) findVolume(call, id);
  const { list, token } = describeResources(
    { ids: input.VolumeIds, filters: input.Filters, size: input.MaxResults, token: input.NextToken },
    { rows: listRows(call.state, 'volume', call.region), fields, missing: volumeNotFound, write },
    call,
  );
  return { Volumes: list, NextToken: token };
}

function stateOf(row: VolumeRow): 'in-use' | 'available' {
  return row.attachment ? 'in-use' : 'available';
}

/** IOPS and throughput, with the defaults of the type (EBS user guide, "General Purpose SSD volumes"). */
function performance({ type, sizeGiB, iops, throughput }: VolumeRow): { Iops?: number; Throughput?: number } {
  if (type === 'gp3') return { Iops: iops ?? 3000, Throughput: throughput ?? 125 };
  if (type === 'gp2') return { Iops: Math.min(16_000, Math.max(100, sizeGiB * 3)) };
  return iops === undefined ? {} : { Iops: iops };
}

function write(row: VolumeRow): object {
  return {
    VolumeId: row.id,
    AvailabilityZone: row.zone,
    Size: row.sizeGiB,
    VolumeType: row.type,
    ...performance(row),
    Encrypted: row.encrypted,
    KmsKeyId: row.kmsKeyId,
    SnapshotId: row.snapshotId ?? '',
    CreateTime: new Date(row.createdAt),
    State: stateOf(row),
    MultiAttachEnabled: false,
    Attachments: row.attachment ? [writeAttachment(row, 'attached')] : [],
  };
}

function writeAttachment(row: VolumeRow, state: string): object {
  return {
    VolumeId: row.id,
    InstanceId: row.attachment?.instanceId,
    Device: row.attachment?.device,
    State: state,
    AttachTime: row.attachment && new Date(row.attachment.at),
    DeleteOnTermination: row.attachment?.deleteOnTermination,
  };
}

function deleteVolume(input: { VolumeId: string }, call: Call): object {
  const row = findVolume(call, input.VolumeId);
  if (row.attachment) {
    throw new AwsError(
      'VolumeInUse',
      `Volume ${row.id} is currently attached to ${row.attachment.instanceId}`,
    );
  }
  removeVolume(call, row.id);
  call.afterwards(() => call.builder.sweepLayers());
  return {};
}
