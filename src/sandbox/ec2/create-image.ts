/** Handles CreateImage: an AMI of an instance, with a snapshot of each of its volumes. */
import type { Call } from '../call.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { rowKey, putRow, type DeviceRow, type ImageRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { PENDING_MS } from './catalogue.ts';
import { applyMapping, type LaunchDevice, type DeviceMapping } from './instances/devices.ts';
import { findInstanceRow } from './instances/find.ts';
import { checkImageName } from './image-name.ts';
import type { InstanceRow, VolumeRow } from './rows.ts';
import { createSnapshot } from './snapshots.ts';
import { addTags, checkSpecified, specifiedTags, type TagSpecification } from './tags.ts';
import { volumesOf } from './volumes.ts';

interface Input {
  InstanceId: string;
  Name: string;
  Description?: string;
  NoReboot?: boolean;
  BlockDeviceMappings?: DeviceMapping[];
  TagSpecifications?: TagSpecification[];
}

/**
 * The disk of a running instance is saved after the answer; until then the image is `pending`. Without NoReboot the
 * sandbox first ends the instance's processes, so that what they write is complete (EC2 API reference, CreateImage).
 */
export function createImage(input: Input, call: Call): object {
  const instance = findInstanceRow(call, input.InstanceId);
  checkImageName(call, input.Name);
  checkSpecified(input.TagSpecifications, ['image', 'snapshot']);
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    throw new AwsError(
      'IncorrectInstanceState',
      `Instance '${instance.id}' is not 'running' or 'stopped': it is '${instance.state}'.`,
    );
  }
  const id = newId('ami');
  const live = instance.state === 'running' && call.machines.has(instance.id);
  const devices = imageDevices(input, { id, instance, live }, call);
  const root = volumesOf(call, instance)[0];
  const image: ImageRow = {
    region: call.region,
    id,
    name: input.Name,
    description: input.Description ?? '',
    ownerId: ACCOUNT,
    public: false,
    architecture: instance.architecture,
    createdAt: call.now.toISOString(),
    availableAt: live ? undefined : new Date(call.now.getTime() + PENDING_MS).toISOString(),
    making: live ? 'pending' : undefined,
    rootDevice: instance.rootDevice,
    devices,
    imdsSupport: instance.imdsOfImage,
    bootMode: instance.bootMode,
    sourceImageId: instance.imageId,
    sourceInstanceId: instance.id,
    sourceImageRegion: call.region,
    permissions: [],
    disk: live ? undefined : root?.disk,
  };
  putRow(call.state, 'image', rowKey(call.region, id), image);
  addTags(call, id, specifiedTags(input.TagSpecifications, 'image'));
  if (live) {
    call.afterwards(() =>
      call.machines.capture(call.region, instance.id, { imageId: id, endProcesses: input.NoReboot !== true }),
    );
  }
  return { ImageId: id };
}

function imageDevices(
  input: Input,
  { id, instance, live }: { id: string; instance: InstanceRow; live: boolean },
  call: Call,
): DeviceRow[] {
  const mappings = input.BlockDeviceMappings ?? [];
  const volumes = volumesOf(call, instance).filter(
    (volume) =>
      !mappings.some((one) => one.DeviceName === volume.attachment?.device && one.NoDevice !== undefined),
  );
  const tags = specifiedTags(input.TagSpecifications, 'snapshot');
  const own = volumes.map((volume) => {
    const device = mappedDevice(volume, mappings);
    const snapshotId = createSnapshot(call, {
      description: `Created by CreateImage(${instance.id}) for ${id}`,
      sizeGiB: volume.sizeGiB,
      encrypted: volume.encrypted,
      kmsKeyId: volume.kmsKeyId,
      volumeId: volume.id,
      disk: live ? undefined : volume.disk,
    });
    addTags(call, snapshotId, tags);
    return { ...device, snapshotId };
  });
  const added = mappings
    .filter(
      ({ Ebs, DeviceName }) => Ebs && !volumes.some(({ attachment }) => attachment?.device === DeviceName),
    )
    .map((mapping) =>
      deviceOf(
        applyMapping(
          { ...NEW_DEVICE, device: mapping.DeviceName ?? '', sizeGiB: mapping.Ebs?.VolumeSize ?? 8 },
          mapping,
        ),
      ),
    );
  return [...own, ...added];
}

const NEW_DEVICE = { type: 'gp2', encrypted: false, deleteOnTermination: true };

function mappedDevice(volume: VolumeRow, mappings: readonly DeviceMapping[]): DeviceRow {
  const device: LaunchDevice = {
    device: volume.attachment?.device ?? '',
    sizeGiB: volume.sizeGiB,
    type: volume.type,
    encrypted: volume.encrypted,
    deleteOnTermination: volume.attachment?.deleteOnTermination ?? true,
    iops: volume.iops,
    throughput: volume.throughput,
  };
  return deviceOf(
    applyMapping(
      device,
      mappings.find((one) => one.DeviceName === device.device),
    ),
  );
}

/** A device of an image without its KMS key, which belongs to the snapshot. */
function deviceOf(device: LaunchDevice): DeviceRow {
  const plain = { ...device };
  delete plain.kmsKeyId;
  return plain;
}
