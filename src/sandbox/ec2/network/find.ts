/** Looks up rows of the network for launches, security groups and Image Builder. */
import { AwsError } from '../../wire/aws-error.ts';
import { networkOf } from './built-in.ts';
import type { BuiltInGroup, SubnetRow, VpcRow } from './rows.ts';

/** @throws AwsError InvalidVpcID.NotFound (EC2 API reference, "Error codes") */
export function findVpc(region: string, id: string): VpcRow {
  const vpc = networkOf(region).vpcs.find((one) => one.id === id);
  if (!vpc) throw vpcNotFound(id);
  return vpc;
}

/** @throws AwsError InvalidSubnetID.NotFound (EC2 API reference, "Error codes") */
export function findSubnet(region: string, id: string): SubnetRow {
  const subnet = networkOf(region).subnets.find((one) => one.id === id);
  if (!subnet) throw subnetNotFound(id);
  return subnet;
}

/** Every Region of the sandbox has a default VPC. */
export function defaultVpc(region: string): VpcRow {
  return networkOf(region).vpcs.find((one) => one.isDefault) as VpcRow;
}

/** The subnet of a launch that names none. @param zone such as us-east-1a; absent: any */
export function defaultSubnet(region: string, zone?: string): SubnetRow {
  const subnets = networkOf(region).subnets.filter((one) => one.defaultForZone);
  return subnets.find((one) => zoneName(region, one.zone) === zone) ?? (subnets[0] as SubnetRow);
}

/** The built-in security groups: the default group of each VPC, and the groups of the private VPCs. */
export function builtInGroups(region: string): readonly BuiltInGroup[] {
  return networkOf(region).groups;
}

export function zoneName(region: string, letter: string): string {
  return `${region}${letter}`;
}

export function vpcNotFound(id: string): AwsError {
  return new AwsError('InvalidVpcID.NotFound', `The vpc ID '${id}' does not exist`);
}

export function subnetNotFound(id: string): AwsError {
  return new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
}
