/** Handles DescribeVpcs, DescribeVpcAttribute, DescribeSubnets and DescribeNetworkAcls. */
import { sha256 } from '../../../util/sha256.ts';
import type { Call } from '../../call.ts';
import { ACCOUNT, derivedId } from '../../ids.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { Fields, Filter } from '../filters.ts';
import { describeResources } from './describe.ts';
import { findVpc, subnetNotFound, vpcNotFound, zoneName } from './find.ts';
import { networkOf } from './built-in.ts';
import type { NetworkAclRow, SubnetRow, VpcRow } from './rows.ts';

interface Paged {
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

const vpcFields: Fields<VpcRow> = {
  cidr: (vpc) => [vpc.cidr],
  'cidr-block-association.cidr-block': (vpc) => [vpc.cidr],
  'dhcp-options-id': (vpc) => [vpc.dhcpOptionsId],
  'is-default': (vpc) => [String(vpc.isDefault)],
  isDefault: (vpc) => [String(vpc.isDefault)],
  'owner-id': () => [ACCOUNT],
  state: () => ['available'],
  'vpc-id': (vpc) => [vpc.id],
};

export function describeVpcs(input: Paged & { VpcIds?: string[] }, call: Call): object {
  const { list, token } = describeResources(
    { ...requestOf(input), ids: input.VpcIds },
    {
      rows: networkOf(call.region).vpcs,
      fields: vpcFields,
      missing: vpcNotFound,
      named: ({ name }) => name,
      write: (vpc) => ({
        VpcId: vpc.id,
        State: 'available',
        OwnerId: ACCOUNT,
        CidrBlock: vpc.cidr,
        CidrBlockAssociationSet: [
          {
            AssociationId: derivedId('vpc-cidr-assoc', vpc.id),
            CidrBlock: vpc.cidr,
            CidrBlockState: { State: 'associated' },
          },
        ],
        DhcpOptionsId: vpc.dhcpOptionsId,
        InstanceTenancy: 'default',
        IsDefault: vpc.isDefault,
      }),
    },
    call,
  );
  return { Vpcs: list, NextToken: token };
}

export function describeVpcAttribute(input: { VpcId: string; Attribute: string }, call: Call): object {
  const vpc = findVpc(call.region, input.VpcId);
  const attributes: Record<string, object> = {
    enableDnsSupport: { EnableDnsSupport: { Value: vpc.dnsSupport } },
    enableDnsHostnames: { EnableDnsHostnames: { Value: vpc.dnsHostnames } },
  };
  return {
    VpcId: vpc.id,
    ...(attributes[input.Attribute] ?? { EnableNetworkAddressUsageMetrics: { Value: false } }),
  };
}

/** AWS reserves the first four addresses of a subnet and the last one (VPC user guide, "Subnet sizing"). */
const RESERVED_ADDRESSES = 5;

export function describeSubnets(input: Paged & { SubnetIds?: string[] }, call: Call): object {
  const { region } = call;
  const fields: Fields<SubnetRow> = {
    'availability-zone': (subnet) => [zoneName(region, subnet.zone)],
    availabilityZone: (subnet) => [zoneName(region, subnet.zone)],
    'availability-zone-id': (subnet) => [zoneId(region, subnet.zone)],
    'cidr-block': (subnet) => [subnet.cidr],
    cidr: (subnet) => [subnet.cidr],
    'default-for-az': (subnet) => [String(subnet.defaultForZone)],
    defaultForAz: (subnet) => [String(subnet.defaultForZone)],
    'map-public-ip-on-launch': (subnet) => [String(subnet.mapPublicIp)],
    'owner-id': () => [ACCOUNT],
    state: () => ['available'],
    'subnet-id': (subnet) => [subnet.id],
    'vpc-id': (subnet) => [subnet.vpcId],
  };
  const { list, token } = describeResources(
    { ...requestOf(input), ids: input.SubnetIds },
    {
      rows: networkOf(region).subnets,
      fields,
      missing: subnetNotFound,
      named: ({ name }) => name,
      write: (subnet) => ({
        SubnetId: subnet.id,
        SubnetArn: `arn:${call.partition}:ec2:${region}:${ACCOUNT}:subnet/${subnet.id}`,
        VpcId: subnet.vpcId,
        OwnerId: ACCOUNT,
        State: 'available',
        CidrBlock: subnet.cidr,
        AvailableIpAddressCount: 2 ** (32 - Number(subnet.cidr.split('/')[1])) - RESERVED_ADDRESSES,
        AvailabilityZone: zoneName(region, subnet.zone),
        AvailabilityZoneId: zoneId(region, subnet.zone),
        DefaultForAz: subnet.defaultForZone,
        MapPublicIpOnLaunch: subnet.mapPublicIp,
        AssignIpv6AddressOnCreation: false,
      }),
    },
    call,
  );
  return { Subnets: list, NextToken: token };
}

/** A zone id such as use1-az1, with a short name of the Region (AWS RAM user guide, "Availability Zone IDs"). */
function zoneId(region: string, letter: string): string {
  const [area, direction = '', number] = region.split('-').filter((part) => !/^(gov|iso|isob)$/.test(part));
  const short = direction.replace(
    /(north|south|central)?(east|west)?/,
    (_, a?: string, b?: string) => `${a?.[0] ?? ''}${b?.[0] ?? ''}`,
  );
  return `${area}${short}${number}-az${'abc'.indexOf(letter) + 1}`;
}

const aclFields: Fields<NetworkAclRow> = {
  'association.network-acl-id': ({ id }) => [id],
  'association.subnet-id': ({ subnetIds }) => [...subnetIds],
  default: () => ['true'],
  'network-acl-id': ({ id }) => [id],
  'owner-id': () => [ACCOUNT],
  'vpc-id': ({ vpcId }) => [vpcId],
};

export function describeNetworkAcls(input: Paged & { NetworkAclIds?: string[] }, call: Call): object {
  const { list, token } = describeResources(
    { ...requestOf(input), ids: input.NetworkAclIds },
    {
      rows: networkOf(call.region).acls,
      fields: aclFields,
      missing: (id) =>
        new AwsError('InvalidNetworkAclID.NotFound', `The networkAcl ID '${id}' does not exist`),
      write: ({ id, vpcId, subnetIds }) => ({
        NetworkAclId: id,
        VpcId: vpcId,
        OwnerId: ACCOUNT,
        IsDefault: true,
        Associations: subnetIds.map((SubnetId) => ({
          NetworkAclAssociationId: `aclassoc-0${sha256(SubnetId).slice(0, 16)}`,
          NetworkAclId: id,
          SubnetId,
        })),
        // The default ACL of a VPC allows all traffic (VPC user guide, "Default network ACL").
        Entries: [true, false].flatMap((Egress) => [
          { RuleNumber: 100, Protocol: '-1', RuleAction: 'allow', Egress, CidrBlock: '0.0.0.0/0' },
          { RuleNumber: 32_767, Protocol: '-1', RuleAction: 'deny', Egress, CidrBlock: '0.0.0.0/0' },
        ]),
      }),
    },
    call,
  );
  return { NetworkAcls: list, NextToken: token };
}

function requestOf(input: Paged): {
  filters: Filter[] | undefined;
  size: number | undefined;
  token: string | undefined;
} {
  return { filters: input.Filters, size: input.MaxResults, token: input.NextToken };
}
