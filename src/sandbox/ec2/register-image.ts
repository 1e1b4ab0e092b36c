/** Owns RegisterImage (from snapshots) and DeregisterImage. */
import type { Architecture } from '../../os/os.ts';
import type { Call } from '../call.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { getRow, keyOf, listRows, putRow, type DeviceRow, type ImageRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { PENDING_MS, findOwnImage } from './catalogue.ts';
import { findSnapshot, imageUsing, removeSnapshot } from './snapshots.ts';
import { addTags, dropTags, specifiedTags, type TagSpecification } from './tags.ts';

interface Input {
  Name: string;
  Description?: string;
  Architecture?: string;
  RootDeviceName?: string;
  BlockDeviceMappings?: { DeviceName?: string; Ebs?: Ebs }[];
  ImdsSupport?: string;
  BootMode?: string;
  TagSpecifications?: TagSpecification[];
}

interface Ebs {
  SnapshotId?: string;
  VolumeSize?: number;
  VolumeType?: string;
  DeleteOnTermination?: boolean;
  Iops?: number;
  Throughput?: number;
}

export function registerImage(input: Input, call: Call): object {
  checkName(call, input.Name);
  const rootDevice = input.RootDeviceName ?? '/dev/sda1';
  const devices = (input.BlockDeviceMappings ?? []).map((mapping) =>
    readDevice(mapping.DeviceName ?? '', mapping.Ebs ?? {}, call),
  );
  const root = devices.find((device) => device.device === rootDevice);
  if (root?.snapshotId === undefined) {
    throw new AwsError('InvalidBlockDeviceMapping', `No root snapshot specified in device mapping.`);
  }
  const id = newId('ami');
  const image: ImageRow = {
    region: call.region,
    id,
    name: input.Name,
    description: input.Description ?? '',
    ownerId: ACCOUNT,
    public: false,
    architecture: (input.Architecture ?? 'x86_64') as Architecture,
    createdAt: call.now.toISOString(),
    availableAt: new Date(call.now.getTime() + PENDING_MS).toISOString(),
    rootDevice,
    devices,
    imdsSupport: input.ImdsSupport,
    bootMode: input.BootMode,
    permissions: [],
    disk: getRow(call.state, 'snapshot', keyOf(call.region, root.snapshotId))?.disk,
  };
  putRow(call.state, 'image', keyOf(call.region, id), image);
  addTags(call, id, specifiedTags(input.TagSpecifications, 'image'));
  return { ImageId: id };
}

function readDevice(device: string, ebs: Ebs, call: Call): DeviceRow {
  const snapshot = ebs.SnapshotId === undefined ? undefined : findSnapshot(call, ebs.SnapshotId);
  const size = ebs.VolumeSize ?? snapshot?.sizeGiB;
  if (size === undefined)
    throw new AwsError('MissingParameter', 'The request must contain the parameter size or snapshotId');
  if (snapshot && size < snapshot.sizeGiB) {
    throw new AwsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${size}GB is smaller than snapshot '${snapshot.id}', expect size>= ${snapshot.sizeGiB}GB`,
    );
  }
  return {
    device,
    snapshotId: snapshot?.id,
    sizeGiB: size,
    type: ebs.VolumeType ?? 'gp2',
    encrypted: snapshot?.encrypted ?? false,
    deleteOnTermination: ebs.DeleteOnTermination ?? true,
    iops: ebs.Iops,
    throughput: ebs.Throughput,
  };
}

/** @throws AwsError where the name is not allowed or taken (EC2 API reference, RegisterImage) */
export function checkName(call: Pick<Call, 'state' | 'region'>, name: string): void {
  if (!/^[A-Za-z0-9()[\]. /\-'@_]{3,128}$/.test(name)) {
    throw new AwsError(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
  }
  const taken = listRows(call.state, 'image', call.region).find((image) => image.name === name);
  if (taken)
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${taken.id}`);
}

export function deregisterImage(
  input: { ImageId: string; DeleteAssociatedSnapshots?: boolean },
  call: Call,
): object {
  const image = findOwnImage(call, input.ImageId);
  if (image.protection !== undefined) {
    throw new AwsError('OperationNotPermitted', `Deregistration protection is enabled for image ${image.id}`);
  }
  removeImage(call, image);
  if (input.DeleteAssociatedSnapshots !== true) return { Return: true };
  const results = image.devices
    .flatMap((device) => device.snapshotId ?? [])
    .map((id) => {
      if (imageUsing(call, id) !== undefined) return { SnapshotId: id, ReturnCode: 'skipped' };
      removeSnapshot(call, id);
      return { SnapshotId: id, ReturnCode: 'success' };
    });
  return { Return: true, DeleteSnapshotResults: results };
}

/** Takes an image away with its tags; its layer goes when nothing else stands on it. */
function removeImage(call: Call, image: ImageRow): void {
  call.state.remove('image', keyOf(call.region, image.id));
  dropTags(call, image.id);
  call.afterwards(() => call.builder.sweepLayers());
}
