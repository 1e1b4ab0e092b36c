/** Handles RunInstances: checks the request, writes the rows, and starts the machines. */
import { randomBytes } from 'node:crypto';
import type { Call } from '../../call.ts';
import { ACCOUNT, newId } from '../../ids.ts';
import { oncePerToken } from '../../once.ts';
import type { DeviceRow, ImageRow } from '../../tables.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { findImage, stateOf } from '../catalogue.ts';
import { withoutEmptyText } from '../empty-text.ts';
import { findKeyPair } from '../key-pairs.ts';
import type { InstanceRow, MetadataOptions } from '../rows.ts';
import { addTags, checkSpecified, specifiedTags, type TagSpecification } from '../tags.ts';
import { createLaunchVolume } from '../volumes.ts';
import { writeReservation } from './describe.ts';
import { launchDevices, type DeviceMapping } from './devices.ts';
import { findInstanceRow, saveInstance } from './find.ts';
import { resolvePlacement, type NetworkInput } from './place.ts';
import { findType } from './types.ts';

export interface RunInput extends NetworkInput {
  ImageId?: string;
  InstanceType?: string;
  MinCount: number;
  MaxCount: number;
  KeyName?: string;
  ClientToken?: string;
  BlockDeviceMappings?: DeviceMapping[];
  TagSpecifications?: TagSpecification[];
  MetadataOptions?: Partial<MetadataOptions>;
  IamInstanceProfile?: { Arn?: string; Name?: string };
  InstanceInitiatedShutdownBehavior?: string;
  EbsOptimized?: boolean;
  DisableApiTermination?: boolean;
  DisableApiStop?: boolean;
  UserData?: string;
  LaunchTemplate?: object;
}

/** The most instances that one request may start. */
const MAX_INSTANCES = 16;
/** EC2 API reference, RunInstances: user data is at most 16 KB before it is encoded. */
const MAX_USER_DATA = 16 * 1024;

export function runInstances(input: RunInput, call: Call): object {
  const { ids } = oncePerToken(call, input.ClientToken, input, 'IdempotentParameterMismatch', () => ({
    ids: launch(withoutEmptyText(input), call),
  }));
  const rows = ids.map((id) => findInstanceRow(call, id));
  return writeReservation(rows, call);
}

function launch(input: RunInput, call: Call): string[] {
  if (input.LaunchTemplate !== undefined) {
    throw new AwsError('UnsupportedOperation', 'The sandbox does not launch from launch templates.');
  }
  const image = readImage(input, call);
  checkCount(input);
  const type = findType(input.InstanceType ?? 'm1.small');
  if (type.arch !== image.architecture) {
    throw new AwsError(
      'InvalidParameterValue',
      `The architecture '${type.arch}' of the specified instance type does not match the architecture '${image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.`,
    );
  }
  if (input.KeyName !== undefined) findKeyPair(call, input.KeyName);
  if (Buffer.from(input.UserData ?? '', 'base64').length > MAX_USER_DATA) {
    throw new AwsError('InvalidParameterValue', 'User data is limited to 16384 bytes');
  }
  checkSpecified(input.TagSpecifications, [
    'instance',
    'volume',
    'network-interface',
    'spot-instances-request',
  ]);
  const devices = launchDevices(image, input.BlockDeviceMappings ?? [], call);
  const place = resolvePlacement(input, call);
  const reservationId = `r-0${randomBytes(8).toString('hex')}`;
  return Array.from({ length: input.MaxCount }, (_, launchIndex) => {
    const row = {
      ...rowOf(input, image, call),
      ...place,
      reservationId,
      launchIndex,
      architecture: type.arch,
    };
    saveInstance(call, row);
    addTags(call, row.id, specifiedTags(input.TagSpecifications, 'instance'));
    launchVolumes(input, { row, image, devices }, call);
    call.afterwards(() => call.machines.boot(call.region, row.id));
    return row.id;
  });
}

/** @throws AwsError MissingParameter, InvalidAMIID.NotFound, InvalidAMIID.Unavailable */
function readImage(input: RunInput, call: Call): ImageRow {
  if (input.ImageId === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter ImageId');
  }
  const image = findImage(call, input.ImageId);
  const state = stateOf(image, call.now);
  if (state === 'available') return image;
  throw new AwsError(
    'InvalidAMIID.Unavailable',
    `The image ID '${image.id}' is not available: it is ${state}`,
  );
}

function checkCount({ MinCount: least, MaxCount: most }: RunInput): void {
  if (least < 1 || most < least) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${least}) for parameter minCount is invalid. It must be from 1 to maxCount (${most}).`,
    );
  }
  if (most > MAX_INSTANCES) {
    throw new AwsError(
      'InstanceLimitExceeded',
      `You have requested more instances (${most}) than your current instance limit of ${MAX_INSTANCES} allows.`,
    );
  }
}

type PlacementMembers =
  | 'subnetId'
  | 'vpcId'
  | 'zone'
  | 'groupIds'
  | 'privateIp'
  | 'reservationId'
  | 'launchIndex'
  | 'architecture';

function rowOf(input: RunInput, image: ImageRow, call: Call): Omit<InstanceRow, PlacementMembers> {
  const at = call.now.toISOString();
  return {
    region: call.region,
    id: newId('i'),
    clientToken: input.ClientToken,
    imageId: image.id,
    type: input.InstanceType ?? 'm1.small',
    keyName: input.KeyName,
    profileArn: profileArn(input, call),
    launchedAt: at,
    state: 'pending',
    stateSince: at,
    rootDevice: image.rootDevice,
    metadata: metadataOf(input.MetadataOptions ?? {}, image),
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
    ebsOptimized: input.EbsOptimized ?? false,
    sourceDestCheck: true,
    protectedFromTermination: input.DisableApiTermination ?? false,
    protectedFromStop: input.DisableApiStop ?? false,
    userData: input.UserData,
    tenancy: input.Placement?.Tenancy ?? 'default',
    imdsOfImage: image.imdsSupport,
    bootMode: image.bootMode,
  };
}

function profileArn({ IamInstanceProfile: profile }: RunInput, call: Call): string | undefined {
  if (profile?.Arn !== undefined && profile.Name !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  }
  if (profile?.Name === undefined) return profile?.Arn;
  return `arn:${call.partition}:iam::${ACCOUNT}:instance-profile/${profile.Name}`;
}

/** The defaults depend on the AMI's ImdsSupport (EC2 user guide, "Configure IMDS options for new instances"). */
function metadataOf(requested: Partial<MetadataOptions>, image: ImageRow): MetadataOptions {
  const strict = image.imdsSupport === 'v2.0';
  const hops = requested.HttpPutResponseHopLimit;
  if (hops !== undefined && (hops < 1 || hops > 64)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${hops}) for parameter httpPutResponseHopLimit is invalid. It must be from 1 to 64.`,
    );
  }
  return {
    HttpTokens: requested.HttpTokens ?? (strict ? 'required' : 'optional'),
    HttpPutResponseHopLimit: hops ?? (strict ? 2 : 1),
    HttpEndpoint: requested.HttpEndpoint ?? 'enabled',
    HttpProtocolIpv6: requested.HttpProtocolIpv6 ?? 'disabled',
    InstanceMetadataTags: requested.InstanceMetadataTags ?? 'disabled',
  };
}

function launchVolumes(
  input: RunInput,
  {
    row,
    image,
    devices,
  }: { row: InstanceRow; image: ImageRow; devices: (DeviceRow & { kmsKeyId?: string | undefined })[] },
  call: Call,
): void {
  const tags = specifiedTags(input.TagSpecifications, 'volume');
  for (const device of devices) {
    const disk = device.device === image.rootDevice ? image.disk : undefined;
    addTags(call, createLaunchVolume(call, row, device, disk).id, tags);
  }
}
