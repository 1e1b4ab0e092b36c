/** Owns EBS snapshots: DescribeSnapshots, DeleteSnapshot, and those that images are made of. */
import type { Call } from '../call.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { byKey, pageOf } from '../paging.ts';
import { getRow, keyOf, listRows, putRow, type SnapshotRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { applyFilters, type Fields, type Filter } from './filters.ts';
import { dropTags, tagsOf, toTagList } from './tags.ts';

interface DescribeInput {
  SnapshotIds?: string[];
  OwnerIds?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

const fields: Fields<SnapshotRow> = {
  description: (row) => [row.description],
  encrypted: (row) => [String(row.encrypted)],
  'owner-id': () => [ACCOUNT],
  progress: () => ['100%'],
  'snapshot-id': (row) => [row.id],
  'start-time': (row) => [row.createdAt],
  status: () => ['completed'],
  'storage-tier': () => ['standard'],
  'volume-size': (row) => [String(row.sizeGiB)],
};

export function describeSnapshots(input: DescribeInput, call: Call): object {
  const rows = input.SnapshotIds?.length
    ? input.SnapshotIds.map((id) => findSnapshot(call, id))
    : listRows(call.state, 'snapshot', call.region);
  const owners = input.OwnerIds ?? [];
  const owned = owners.length === 0 || owners.includes('self') || owners.includes(ACCOUNT) ? rows : [];
  const passed = applyFilters(owned, input.Filters, fields, (row) => tagsOf(call, row.id));
  const page = pageOf(passed.sort(byKey(idOf)), idOf, {
    token: input.NextToken,
    size: input.MaxResults ?? 1000,
    bad: () => new AwsError('InvalidParameterValue', 'Unable to parse pagination token'),
  });
  return { Snapshots: page.items.map((row) => write(row, call)), NextToken: page.token };
}

function idOf(row: SnapshotRow): string {
  return row.id;
}

function write(row: SnapshotRow, call: Call): object {
  const tags = tagsOf(call, row.id);
  return {
    SnapshotId: row.id,
    // Snapshots that came by copy belong to no volume (EC2 API reference, Snapshot).
    VolumeId: 'vol-ffffffff',
    State: 'completed',
    StartTime: new Date(row.createdAt),
    Progress: '100%',
    OwnerId: ACCOUNT,
    Description: row.description,
    VolumeSize: row.sizeGiB,
    Encrypted: row.encrypted,
    KmsKeyId: row.kmsKeyId,
    StorageTier: 'standard',
    Tags: Object.keys(tags).length === 0 ? undefined : toTagList(tags),
  };
}

export function deleteSnapshot(input: { SnapshotId: string }, call: Call): object {
  const { id } = findSnapshot(call, input.SnapshotId);
  const user = imageUsing(call, id);
  if (user) throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${user}`);
  removeSnapshot(call, id);
  return {};
}

export function removeSnapshot(call: Call, id: string): void {
  call.state.remove('snapshot', keyOf(call.region, id));
  dropTags(call, id);
  call.afterwards(() => call.builder.sweepLayers());
}

/** The id of an image that a snapshot belongs to. */
export function imageUsing(call: Pick<Call, 'state' | 'region'>, id: string): string | undefined {
  const images = listRows(call.state, 'image', call.region);
  return images.find((image) => image.devices.some((device) => device.snapshotId === id))?.id;
}

/** @throws AwsError InvalidSnapshotID.Malformed, InvalidSnapshot.NotFound (EC2 API reference, "Error codes") */
export function findSnapshot(call: Pick<Call, 'state' | 'region'>, id: string): SnapshotRow {
  if (!/^snap-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new AwsError('InvalidSnapshotID.Malformed', `Invalid id: "${id}" (expecting "snap-...")`);
  }
  const row = getRow(call.state, 'snapshot', keyOf(call.region, id));
  if (!row) throw new AwsError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  return row;
}

/** Makes a completed snapshot and gives its id. */
export function makeSnapshot(
  call: Pick<Call, 'state' | 'region' | 'now'>,
  snapshot: Pick<SnapshotRow, 'description' | 'sizeGiB' | 'encrypted' | 'kmsKeyId' | 'disk'>,
): string {
  const id = newId('snap');
  const row: SnapshotRow = { ...snapshot, region: call.region, id, createdAt: call.now.toISOString() };
  putRow(call.state, 'snapshot', keyOf(call.region, id), row);
  return id;
}
