/** Creates the output AMI at the end of the build stage, and distributes it. */
import { createImageCopy } from '../ec2/copy-image.ts';
import { checkPermission } from '../ec2/image-attributes.ts';
import { createSnapshot } from '../ec2/snapshots.ts';
import { addTags } from '../ec2/tags.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { partitionOf } from '../../os/releases.ts';
import { putParameter } from '../ssm/put.ts';
import type { Call } from '../call.ts';
import {
  getRow,
  rowKey,
  putRow,
  type BuildRow,
  type ConfigurationRow,
  type DeviceRow,
  type ImageRow,
  type PermissionRow,
  type RecipeRow,
} from '../tables.ts';
import { BUILD_DATE, type AmiDistribution, type Distribution } from './configurations.ts';

type Place = Pick<Call, 'state' | 'now'>;

/** The timestamp of an AMI name. Image Builder writes dashes instead of colons. */
function buildDate(now: Date): string {
  return now.toISOString().replace(/:/g, '-');
}

export function distributionsOf(row: ConfigurationRow | undefined): Distribution[] {
  return (row?.request['distributions'] as Distribution[] | undefined) ?? [];
}

/** Image Builder adds these tags to every AMI that it makes (its user guide, "AWS managed policies"). */
function ownTags(build: BuildRow): Record<string, string> {
  return { CreatedBy: 'EC2 Image Builder', Ec2ImageBuilderArn: build.arn };
}

/** The device mappings of the parent with the recipe's changes. @throws Error if the recipe shrinks a volume */
export function outputDevices(parent: ImageRow, recipe: RecipeRow): DeviceRow[] {
  const wanted = recipe.request.blockDeviceMappings ?? [];
  const kept = parent.devices.map((device) => {
    const ebs = wanted.find((mapping) => mapping.deviceName === device.device)?.ebs;
    const sizeGiB = ebs?.volumeSize ?? device.sizeGiB;
    if (sizeGiB < device.sizeGiB) {
      throw new Error(
        `Volume of size ${sizeGiB}GB is smaller than snapshot '${device.snapshotId}', expect size>= ${device.sizeGiB}GB`,
      );
    }
    return {
      device: device.device,
      sizeGiB,
      type: ebs?.volumeType ?? device.type,
      encrypted: ebs?.encrypted ?? device.encrypted,
      deleteOnTermination: ebs?.deleteOnTermination ?? device.deleteOnTermination,
      iops: ebs?.iops ?? device.iops,
      throughput: ebs?.throughput ?? device.throughput,
    };
  });
  const added = wanted
    .filter(
      (mapping) => mapping.ebs && !parent.devices.some((device) => device.device === mapping.deviceName),
    )
    .map(({ deviceName = '', ebs = {} }) => ({
      device: deviceName,
      sizeGiB: ebs.volumeSize ?? 8,
      type: ebs.volumeType ?? 'gp2',
      encrypted: ebs.encrypted ?? false,
      deleteOnTermination: ebs.deleteOnTermination ?? true,
      iops: ebs.iops,
      throughput: ebs.throughput,
    }));
  return [...kept, ...added];
}

export interface OutputRequest {
  id: string;
  parent: ImageRow;
  recipe: RecipeRow;
  devices: DeviceRow[];
  distribution: AmiDistribution | undefined;
  layer: string | undefined;
  /** Ids of all steps that were skipped so far. */
  skipped: readonly string[];
}

export function newImageId(): string {
  return newId('ami');
}

/** Makes the output AMI with the tags of Image Builder and the recipe. distribute() adds the others after the tests. */
export function makeOutput({ state, now }: Place, build: BuildRow, wish: OutputRequest): ImageRow {
  const { parent, recipe, distribution } = wish;
  const disk = parent.disk && {
    ...parent.disk,
    layer: wish.layer ?? parent.disk.layer,
    skipped: wish.skipped,
  };
  const call = { state, now, region: build.region };
  const image: ImageRow = {
    region: build.region,
    id: wish.id,
    name: (distribution?.name ?? `${recipe.name} {{ imagebuilder:buildDate }}`).replace(
      BUILD_DATE,
      buildDate(now),
    ),
    description: distribution?.description ?? recipe.request.description ?? '',
    ownerId: ACCOUNT,
    public: false,
    architecture: parent.architecture,
    createdAt: now.toISOString(),
    rootDevice: parent.rootDevice,
    devices: wish.devices.map((device) => ({
      ...device,
      snapshotId: createSnapshot(call, {
        description: `Created by CreateImage for ${wish.id}`,
        sizeGiB: device.sizeGiB,
        encrypted: device.encrypted,
        kmsKeyId: keyOfDevice(recipe, device.device),
        disk,
      }),
    })),
    bootMode: parent.bootMode,
    sourceImageId: parent.id,
    sourceImageRegion: build.region,
    permissions: [],
    disk,
  };
  putRow(state, 'image', rowKey(build.region, image.id), image);
  addTags(call, image.id, { ...recipe.request.amiTags, ...ownTags(build) });
  return image;
}

/** The KMS key of a device in the recipe; undefined means the account's default key. */
function keyOfDevice({ request }: RecipeRow, device: string): string | undefined {
  return request.blockDeviceMappings?.find(({ deviceName }) => deviceName === device)?.ebs?.kmsKeyId;
}

/** A failed distribution to one Region. */
export class DistributionFailed extends Error {
  readonly region: string;
  readonly targetAccountId: string | undefined;

  constructor(region: string, message: string, targetAccountId?: string) {
    super(message);
    this.region = region;
    this.targetAccountId = targetAccountId;
  }
}

/** Applies tags, permissions, copies and parameters in all Regions. @throws DistributionFailed */
export function distribute(
  place: Place,
  build: BuildRow,
  image: ImageRow,
  list: readonly Distribution[],
): BuildRow['amis'] {
  if (list.length === 0) return [amiOf(image)];
  return list.map((one) => distributeOne(place, build, image, one));
}

function distributeOne(
  { state, now }: Place,
  build: BuildRow,
  image: ImageRow,
  one: Distribution,
): BuildRow['amis'][number] {
  const wish = one.amiDistributionConfiguration ?? {};
  const foreign = wish.targetAccountIds?.find((account) => account !== ACCOUNT);
  if (foreign !== undefined) {
    throw new DistributionFailed(
      one.region,
      `cannot assume role arn:${partitionOf(one.region)}:iam::${foreign}:role/EC2ImageBuilderDistributionCrossAccountRole`,
      foreign,
    );
  }
  const call = { state, now, region: one.region };
  const id =
    one.region === build.region
      ? image.id
      : createImageCopy(call, image, {
          name: (wish.name ?? `${build.name} {{ imagebuilder:buildDate }}`).replace(
            BUILD_DATE,
            buildDate(now),
          ),
          description: wish.description ?? '',
          encrypted: wish.kmsKeyId !== undefined,
          kmsKeyId: wish.kmsKeyId,
        });
  const row = getRow(state, 'image', rowKey(one.region, id)) as ImageRow;
  const permissions = permissionsOf(wish);
  const done: ImageRow = {
    ...row,
    // Image Builder reports AVAILABLE only after its copies are complete.
    availableAt: undefined,
    permissions,
    public: permissions.some((permission) => permission.Group === 'all'),
  };
  putRow(state, 'image', rowKey(one.region, id), done);
  addTags(call, id, { ...ownTags(build), ...wish.amiTags });
  for (const parameter of one.ssmParameterConfigurations ?? []) publishParameter(call, build, id, parameter);
  return amiOf(done);
}

function permissionsOf({ launchPermission = {} }: AmiDistribution): PermissionRow[] {
  const permissions: PermissionRow[] = [
    ...(launchPermission.userIds ?? []).map((UserId) => ({ UserId })),
    ...(launchPermission.userGroups ?? []).map((Group) => ({ Group })),
    ...(launchPermission.organizationArns ?? []).map((OrganizationArn) => ({ OrganizationArn })),
    ...(launchPermission.organizationalUnitArns ?? []).map((OrganizationalUnitArn) => ({
      OrganizationalUnitArn,
    })),
  ];
  for (const permission of permissions) checkPermission(permission);
  return permissions;
}

/**
 * Writes the AMI id to a parameter. The service-linked role may write only below /imagebuilder/
 * (aws/aws-cdk:packages/@aws-cdk/aws-imagebuilder-alpha/lib/private/policy-helper.ts).
 */
function publishParameter(
  call: Pick<Call, 'state' | 'now' | 'region'>,
  build: BuildRow,
  id: string,
  wish: { parameterName: string; dataType?: string; amiAccountId?: string },
): void {
  if (wish.amiAccountId !== undefined && wish.amiAccountId !== ACCOUNT) {
    throw new DistributionFailed(
      call.region,
      `The AMI of account ${wish.amiAccountId} does not exist: it was not distributed there`,
      wish.amiAccountId,
    );
  }
  if (build.executionRole === undefined && !wish.parameterName.startsWith('/imagebuilder/')) {
    throw new DistributionFailed(
      call.region,
      `AWSServiceRoleForImageBuilder is not authorized to perform: ssm:PutParameter on resource ${wish.parameterName}: give an executionRole`,
    );
  }
  const as = { ...call, account: ACCOUNT, partition: partitionOf(call.region) } as Call;
  putParameter(
    {
      Name: wish.parameterName,
      Value: id,
      Type: 'String',
      DataType: wish.dataType ?? 'text',
      Overwrite: true,
    },
    as,
  );
}

function amiOf(image: ImageRow): BuildRow['amis'][number] {
  const description = image.description === '' ? undefined : image.description;
  return { region: image.region, image: image.id, name: image.name, description, accountId: ACCOUNT };
}
