/** Resolves where a launch goes: subnet, zone, security groups, address. */
import { randomInt } from 'node:crypto';
import type { Call } from '../../call.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { defaultSubnet, findSubnet, zoneName } from '../network/find.ts';
import type { InstanceRow } from '../rows.ts';
import { findGroup, findGroupByName } from '../security-groups.ts';

export interface NetworkInput {
  SubnetId?: string;
  SecurityGroupIds?: string[];
  SecurityGroups?: string[];
  Placement?: { AvailabilityZone?: string; Tenancy?: string };
  PrivateIpAddress?: string;
  NetworkInterfaces?: {
    SubnetId?: string;
    Groups?: string[];
    DeviceIndex?: number;
    NetworkInterfaceId?: string;
  }[];
}

/** @throws AwsError InvalidSubnetID.NotFound, InvalidGroup.NotFound, InvalidParameter, InvalidParameterCombination */
export function resolvePlacement(
  input: NetworkInput,
  call: Call,
): Pick<InstanceRow, 'subnetId' | 'vpcId' | 'zone' | 'groupIds' | 'privateIp'> {
  const { NetworkInterfaces: interfaces = [] } = input;
  checkInterfaces(input);
  const requestedSubnet = input.SubnetId ?? interfaces[0]?.SubnetId;
  const subnet =
    requestedSubnet === undefined
      ? defaultSubnet(call.region, input.Placement?.AvailabilityZone)
      : findSubnet(call.region, requestedSubnet);
  const ids = [...(input.SecurityGroupIds ?? []), ...(interfaces[0]?.Groups ?? [])];
  const named = (input.SecurityGroups ?? []).map((name) => findGroupByName(call, subnet.vpcId, name).id);
  const groupIds = [...new Set([...ids, ...named])];
  for (const id of groupIds) {
    if (findGroup(call, id).vpcId === subnet.vpcId) continue;
    throw new AwsError(
      'InvalidParameter',
      `Security group ${id} and subnet ${subnet.id} belong to different networks.`,
    );
  }
  return {
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    zone: zoneName(call.region, subnet.zone),
    groupIds: groupIds.length > 0 ? groupIds : [findGroupByName(call, subnet.vpcId, 'default').id],
    privateIp: loopbackAddress(),
  };
}

function checkInterfaces(input: NetworkInput): void {
  const { NetworkInterfaces: interfaces = [] } = input;
  if (
    input.PrivateIpAddress !== undefined ||
    interfaces.some((one) => one.NetworkInterfaceId !== undefined)
  ) {
    throw new AwsError(
      'UnsupportedOperation',
      'The sandbox chooses the address of each instance on this machine.',
    );
  }
  if (interfaces.length === 0) return;
  if (interfaces.length > 1) {
    throw new AwsError('UnsupportedOperation', 'An instance of the sandbox has one network interface.');
  }
  if (
    input.SubnetId !== undefined ||
    input.SecurityGroupIds !== undefined ||
    input.SecurityGroups !== undefined
  ) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request',
    );
  }
}

/**
 * A loopback address for the instance's SSH server: all of 127.0.0.0/8 works without configuration. It is random,
 * because other sandboxes on this machine use the same range.
 */
export function loopbackAddress(): string {
  return `127.66.${randomInt(0, 256)}.${randomInt(1, 255)}`;
}
