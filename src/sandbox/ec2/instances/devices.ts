/** Applies the block device mappings of a launch or of CreateImage to the devices of an image or an instance. */
import type { Call } from '../../call.ts';
import { getRow, rowKey, type DeviceRow, type ImageRow } from '../../tables.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { findSnapshot } from '../snapshots.ts';

export interface DeviceMapping {
  DeviceName?: string;
  VirtualName?: string;
  NoDevice?: string;
  Ebs?: {
    SnapshotId?: string;
    VolumeSize?: number;
    VolumeType?: string;
    DeleteOnTermination?: boolean;
    Encrypted?: boolean;
    KmsKeyId?: string;
    Iops?: number;
    Throughput?: number;
  };
}

export type LaunchDevice = DeviceRow & { kmsKeyId?: string | undefined };

/**
 * The devices of a launch.
 * @throws AwsError InvalidBlockDeviceMapping, InvalidParameterCombination (EC2 API reference, EbsBlockDevice)
 */
export function launchDevices(
  image: ImageRow,
  mappings: readonly DeviceMapping[],
  call: Call,
): LaunchDevice[] {
  const kept = image.devices
    .filter(({ device }) => !mappings.some((one) => one.DeviceName === device && one.NoDevice !== undefined))
    .map((device): LaunchDevice => {
      const key = keyOfSnapshot(device.snapshotId, call);
      const mapping = mappings.find((one) => one.DeviceName === device.device);
      return applyMapping({ ...device, kmsKeyId: key }, mapping);
    });
  const added = mappings
    .filter(({ Ebs, DeviceName }) => Ebs && !image.devices.some(({ device }) => device === DeviceName))
    .map((mapping) => newDevice(mapping, call));
  return [...kept, ...added];
}

function keyOfSnapshot(id: string | undefined, call: Call): string | undefined {
  return id === undefined ? undefined : getRow(call.state, 'snapshot', rowKey(call.region, id))?.kmsKeyId;
}

function newDevice({ DeviceName = '', Ebs = {} }: DeviceMapping, call: Call): LaunchDevice {
  const snapshot = Ebs.SnapshotId === undefined ? undefined : findSnapshot(call, Ebs.SnapshotId);
  const size = Ebs.VolumeSize ?? snapshot?.sizeGiB;
  if (size === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter size or snapshotId');
  }
  return applyMapping(
    {
      device: DeviceName,
      snapshotId: snapshot?.id,
      sizeGiB: size,
      type: 'gp2',
      encrypted: snapshot?.encrypted ?? false,
      deleteOnTermination: true,
    },
    { DeviceName, Ebs },
  );
}

/** One device with its mapping applied. */
export function applyMapping(device: LaunchDevice, mapping: DeviceMapping | undefined): LaunchDevice {
  const ebs = mapping?.Ebs;
  if (!ebs) return device;
  if (ebs.Encrypted === false && device.encrypted) {
    throw new AwsError(
      'InvalidParameterCombination',
      `Encrypted snapshots cannot be launched unencrypted (${device.device}).`,
    );
  }
  const encrypted = ebs.Encrypted ?? device.encrypted;
  if (ebs.KmsKeyId !== undefined && !encrypted) {
    throw new AwsError(
      'InvalidParameterDependency',
      'The parameter KmsKeyId requires the parameter Encrypted to be set.',
    );
  }
  const sizeGiB = ebs.VolumeSize ?? device.sizeGiB;
  if (device.snapshotId !== undefined && sizeGiB < device.sizeGiB) {
    throw new AwsError(
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGiB}GB is smaller than snapshot '${device.snapshotId}', expect size >= ${device.sizeGiB}GB`,
    );
  }
  const type = ebs.VolumeType ?? device.type;
  checkPerformance(type, ebs.Iops, ebs.Throughput);
  return {
    ...device,
    sizeGiB,
    type,
    encrypted,
    kmsKeyId: ebs.KmsKeyId ?? device.kmsKeyId,
    deleteOnTermination: ebs.DeleteOnTermination ?? device.deleteOnTermination,
    iops: ebs.Iops ?? (type === device.type ? device.iops : undefined),
    throughput: ebs.Throughput ?? (type === device.type ? device.throughput : undefined),
  };
}

/** EC2 API reference, EbsBlockDevice: io1 and io2 need Iops, only gp3 has Throughput. */
function checkPerformance(type: string, iops: number | undefined, throughput: number | undefined): void {
  if ((type === 'io1' || type === 'io2') && iops === undefined) {
    throw new AwsError(
      'MissingParameter',
      `The request must contain the parameter iops for volume type ${type}`,
    );
  }
  if (type !== 'gp3' && throughput !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      `The parameter throughput is not supported for ${type} volumes`,
    );
  }
}
