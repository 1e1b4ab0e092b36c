/** Handles DescribeImages. */
import type { Call } from '../call.ts';
import { ACCOUNT } from '../ids.ts';
import { byKey, pageOf } from '../paging.ts';
import { getRow, rowKey, type DeviceRow, type ImageRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { checkImageId, imageNotFound, stateOf, visibleImages } from './catalogue.ts';
import { applyFilters, type Fields, type Filter } from './filters.ts';
import { toTagList } from './tags.ts';

interface Input {
  ImageIds?: string[];
  Owners?: string[];
  ExecutableUsers?: string[];
  Filters?: Filter[];
  IncludeDeprecated?: boolean;
  IncludeDisabled?: boolean;
  MaxResults?: number;
  NextToken?: string;
}

/** An image with its state and tags at the time of the call. */
interface ImageView {
  image: ImageRow;
  state: string;
  tags: Readonly<Record<string, string>>;
}

/** Of every image that could not be made. */
const REASON_CODE = 'Client.InternalError';
/** Without MaxResults there is one page. */
const UNLIMITED = 1_000_000;

export function describeImages(input: Input, call: Call): object {
  const named = input.ImageIds !== undefined && input.ImageIds.length > 0;
  if (named && input.MaxResults !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter imageIdsSet cannot be used with the parameter maxResults',
    );
  }
  const images = named ? byIds(input.ImageIds as string[], call) : visibleImages(call);
  const views = images
    .filter((image) => ownedBy(image, input.Owners))
    .filter((image) => input.IncludeDisabled === true || image.disabled !== true)
    .filter((image) => named || input.IncludeDeprecated === true || !isHidden(image, call.now))
    .filter((image) => executableBy(image, input.ExecutableUsers))
    .map((image) => viewImage(image, call));
  const passed = applyFilters(views, input.Filters, fields, ({ tags }) => tags).sort(byKey(idOf));
  const page = pageOf(passed, idOf, {
    token: input.NextToken,
    size: input.MaxResults ?? UNLIMITED,
    bad: () => new AwsError('InvalidParameterValue', 'Unable to parse pagination token'),
  });
  return { Images: page.items.map(write), NextToken: page.token };
}

function byIds(ids: string[], call: Call): ImageRow[] {
  for (const id of ids) checkImageId(id);
  const wanted = new Set(ids);
  const found = visibleImages(call).filter((image) => wanted.has(image.id));
  const missing = [...wanted].filter((id) => !found.some((image) => image.id === id));
  if (missing.length > 0) throw imageNotFound(missing);
  return found;
}

/** Owners: `self`, an alias (`amazon`, `aws-marketplace`), or an account id (EC2 API reference, DescribeImages). */
function ownedBy(image: ImageRow, owners: string[] | undefined): boolean {
  if (owners === undefined || owners.length === 0) return true;
  return owners.some((owner) =>
    owner === 'self' ? image.ownerId === ACCOUNT : owner === image.ownerId || owner === image.ownerAlias,
  );
}

/** Other accounts see deprecated images only with IncludeDeprecated (EC2 user guide, "Deprecate an Amazon EC2 AMI"). */
function isHidden(image: ImageRow, now: Date): boolean {
  return (
    image.ownerId !== ACCOUNT &&
    image.deprecatedAt !== undefined &&
    Date.parse(image.deprecatedAt) <= now.getTime()
  );
}

function executableBy(image: ImageRow, users: string[] | undefined): boolean {
  if (users === undefined || users.length === 0) return true;
  return users.some((user) => {
    if (user === 'all') return image.public;
    const account = user === 'self' ? ACCOUNT : user;
    return image.permissions.some((permission) => permission.UserId === account);
  });
}

function viewImage(image: ImageRow, call: Call): ImageView {
  const tags = getRow(call.state, 'tags', rowKey(call.region, image.id))?.tags ?? {};
  return { image, state: stateOf(image, call.now), tags };
}

function idOf({ image }: ImageView): string {
  return image.id;
}

/** All filters of EC2 API reference, DescribeImages. The sandbox has no kernels, RAM disks, Windows or products. */
const fields: Fields<ImageView> = {
  architecture: ({ image }) => [image.architecture],
  'block-device-mapping.delete-on-termination': devices((device) => String(device.deleteOnTermination)),
  'block-device-mapping.device-name': devices((device) => device.device),
  'block-device-mapping.encrypted': devices((device) => String(device.encrypted)),
  'block-device-mapping.snapshot-id': devices((device) => device.snapshotId),
  'block-device-mapping.volume-size': devices((device) => String(device.sizeGiB)),
  'block-device-mapping.volume-type': devices((device) => device.type),
  'creation-date': ({ image }) => [image.createdAt],
  description: ({ image }) => [image.description],
  'ena-support': () => ['true'],
  'free-tier-eligible': () => ['false'],
  hypervisor: () => ['xen'],
  'image-allowed': () => ['true'],
  'image-id': ({ image }) => [image.id],
  'image-type': () => ['machine'],
  'is-public': ({ image }) => [String(image.public)],
  'kernel-id': () => [undefined],
  'manifest-location': ({ image }) => [locationOf(image)],
  name: ({ image }) => [image.name],
  'owner-alias': ({ image }) => [image.ownerAlias],
  'owner-id': ({ image }) => [image.ownerId],
  platform: () => [undefined],
  'product-code': () => [undefined],
  'product-code.type': () => [undefined],
  'ramdisk-id': () => [undefined],
  'root-device-name': ({ image }) => [image.rootDevice],
  'root-device-type': () => ['ebs'],
  'source-image-id': ({ image }) => [image.sourceImageId],
  'source-image-region': ({ image }) => [image.sourceImageRegion],
  'source-instance-id': ({ image }) => [image.sourceInstanceId],
  state: ({ state }) => [state],
  'state-reason-code': ({ image }) => [image.stateReason === undefined ? undefined : REASON_CODE],
  'state-reason-message': ({ image }) => [image.stateReason],
  'sriov-net-support': () => ['simple'],
  'virtualization-type': () => ['hvm'],
};

function devices(
  value: (device: DeviceRow) => string | undefined,
): (view: ImageView) => (string | undefined)[] {
  return ({ image }) => image.devices.map(value);
}

function locationOf(image: ImageRow): string {
  return `${image.ownerAlias ?? image.ownerId}/${image.name}`;
}

function write({ image, state, tags }: ImageView): object {
  return {
    ImageId: image.id,
    ImageLocation: locationOf(image),
    ImageType: 'machine',
    Name: image.name,
    Description: image.description === '' ? undefined : image.description,
    OwnerId: image.ownerId,
    ImageOwnerAlias: image.ownerAlias,
    Public: image.public,
    State: state,
    StateReason:
      image.stateReason === undefined ? undefined : { Code: REASON_CODE, Message: image.stateReason },
    Architecture: image.architecture,
    CreationDate: image.createdAt,
    DeprecationTime: image.deprecatedAt,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    EnaSupport: true,
    Hypervisor: 'xen',
    SriovNetSupport: 'simple',
    VirtualizationType: 'hvm',
    BootMode: image.bootMode,
    ImdsSupport: image.imdsSupport,
    RootDeviceName: image.rootDevice,
    RootDeviceType: 'ebs',
    BlockDeviceMappings: image.devices.map(writeDevice),
    SourceImageId: image.sourceImageId,
    SourceImageRegion: image.sourceImageRegion,
    SourceInstanceId: image.sourceInstanceId,
    // Only the owner sees the protection.
    DeregistrationProtection: image.ownerId === ACCOUNT ? (image.protection ?? 'disabled') : undefined,
    Tags: Object.keys(tags).length === 0 ? undefined : toTagList(tags),
  };
}

export function writeDevice(device: DeviceRow): object {
  return {
    DeviceName: device.device,
    Ebs: {
      SnapshotId: device.snapshotId,
      VolumeSize: device.sizeGiB,
      VolumeType: device.type,
      Encrypted: device.encrypted,
      DeleteOnTermination: device.deleteOnTermination,
      Iops: device.iops,
      Throughput: device.throughput,
    },
  };
}
