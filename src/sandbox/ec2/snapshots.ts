/** Handles the operations on snapshots, and creates the snapshots of images. */
import type { Call, Handlers } from '../call.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { byKey, pageOf } from '../paging.ts';
import { getRow, rowKey, listRows, putRow, type SnapshotRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { defaultKey, keyArn } from './ebs-key.ts';
import { applyFilters, type Fields, type Filter } from './filters.ts';
import type { SnapshotPermission } from './rows.ts';
import { dropTags, tagsOf, toTagList } from './tags.ts';

export const snapshotOperations: Handlers = {
  DeleteSnapshot: deleteSnapshot,
  DescribeSnapshotAttribute: describeSnapshotAttribute,
  DescribeSnapshots: describeSnapshots,
  ModifySnapshotAttribute: modifySnapshotAttribute,
};

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
  'volume-id': (row) => [volumeOf(row)],
  'volume-size': (row) => [String(row.sizeGiB)],
};

function describeSnapshots(input: DescribeInput, call: Call): object {
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

/** A copied snapshot has a placeholder for its volume (EC2 API reference, Snapshot). */
function volumeOf({ volumeId }: SnapshotRow): string {
  return volumeId ?? 'vol-ffffffff';
}

function write(row: SnapshotRow, call: Call): object {
  const tags = tagsOf(call, row.id);
  return {
    SnapshotId: row.id,
    VolumeId: volumeOf(row),
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

function deleteSnapshot(input: { SnapshotId: string }, call: Call): object {
  const { id } = findSnapshot(call, input.SnapshotId);
  const user = imageUsing(call, id);
  if (user) throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${user}`);
  removeSnapshot(call, id);
  return {};
}

export function removeSnapshot(call: Call, id: string): void {
  call.state.remove('snapshot', rowKey(call.region, id));
  dropTags(call, id);
  call.afterwards(() => call.builder.sweepLayers());
}

/** The id of an image that uses a snapshot. */
export function imageUsing(call: Pick<Call, 'state' | 'region'>, id: string): string | undefined {
  const images = listRows(call.state, 'image', call.region);
  return images.find((image) => image.devices.some((device) => device.snapshotId === id))?.id;
}

/** @throws AwsError InvalidSnapshotID.Malformed, InvalidSnapshot.NotFound (EC2 API reference, "Error codes") */
export function findSnapshot(call: Pick<Call, 'state' | 'region'>, id: string): SnapshotRow {
  if (!/^snap-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new AwsError('InvalidSnapshotID.Malformed', `Invalid id: "${id}" (expecting "snap-...")`);
  }
  const row = getRow(call.state, 'snapshot', rowKey(call.region, id));
  if (!row) throw new AwsError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  return row;
}

/** Creates a completed snapshot and returns its id. */
export function createSnapshot(
  call: Pick<Call, 'state' | 'region' | 'now'>,
  snapshot: Pick<SnapshotRow, 'description' | 'sizeGiB' | 'encrypted' | 'kmsKeyId' | 'volumeId' | 'disk'>,
): string {
  const id = newId('snap');
  const kmsKeyId = snapshot.encrypted ? keyArn(call, snapshot.kmsKeyId) : undefined;
  const { region, now } = call;
  const row: SnapshotRow = { ...snapshot, kmsKeyId, region, id, createdAt: now.toISOString() };
  putRow(call.state, 'snapshot', rowKey(call.region, id), row);
  return id;
}

interface ModifyInput {
  SnapshotId: string;
  Attribute?: string;
  OperationType?: string;
  UserIds?: string[];
  GroupNames?: string[];
  CreateVolumePermission?: { Add?: SnapshotPermission[]; Remove?: SnapshotPermission[] };
}

/** An encrypted snapshot is never public, and is shared only under a customer managed key (EBS user guide, "Share a snapshot"). */
function modifySnapshotAttribute(input: ModifyInput, call: Call): object {
  const row = findSnapshot(call, input.SnapshotId);
  const listed: SnapshotPermission[] = [
    ...(input.UserIds ?? []).map((UserId) => ({ UserId })),
    ...(input.GroupNames ?? []).map((Group) => ({ Group })),
  ];
  const removes = input.OperationType === 'remove';
  const add = [...(input.CreateVolumePermission?.Add ?? []), ...(removes ? [] : listed)];
  const remove = [...(input.CreateVolumePermission?.Remove ?? []), ...(removes ? listed : [])];
  for (const permission of add) checkPermissionToAdd(row, permission);
  const same = (a: SnapshotPermission, b: SnapshotPermission): boolean =>
    a.UserId === b.UserId && a.Group === b.Group;
  const left = (row.permissions ?? []).filter((one) => !remove.some((other) => same(one, other)));
  const fresh = add.filter((one) => !left.some((other) => same(one, other)));
  putRow(call.state, 'snapshot', rowKey(call.region, row.id), { ...row, permissions: [...left, ...fresh] });
  return {};
}

/** The list of product codes is always empty, because only Marketplace snapshots have them. */
function describeSnapshotAttribute(input: { SnapshotId: string; Attribute: string }, call: Call): object {
  const row = findSnapshot(call, input.SnapshotId);
  if (input.Attribute !== 'createVolumePermission') return { SnapshotId: row.id, ProductCodes: [] };
  return { SnapshotId: row.id, CreateVolumePermissions: [...(row.permissions ?? [])] };
}

function checkPermissionToAdd(row: SnapshotRow, { UserId, Group }: SnapshotPermission): void {
  if (UserId !== undefined && !/^\d{12}$/.test(UserId)) {
    throw new AwsError('InvalidAttributeValue', `Invalid userId: ${UserId}`);
  }
  if (!row.encrypted) return;
  if (Group !== undefined) {
    throw new AwsError('OperationNotPermitted', 'Encrypted snapshots cannot be made public');
  }
  if (row.kmsKeyId === defaultKey(row.region)) {
    throw new AwsError('OperationNotPermitted', 'Encrypted snapshots with EBS default key cannot be shared');
  }
}
