/**
 * The built-in network of each account: in every Region a default VPC (VPC user guide, "Default VPCs"), and in the
 * seed's Region two VPCs without a route to the internet, one that works for a bakery and one with common mistakes.
 * It is computed, not stored, so the state folder of an earlier version has it, too.
 */
import { partitionOf } from '../../../os/releases.ts';
import { SEED_REGION, derivedId } from '../../ids.ts';
import type { BuiltInGroup, BuiltInNetwork, EndpointRow, GroupRule, RouteRow, SubnetRow } from './rows.ts';

/** The corporate network with its mirrors, reached through the transit gateway. */
const CORPORATE = '10.0.0.0/8';
const ANYWHERE: GroupRule = { protocol: '-1', cidr: '0.0.0.0/0' };
const OPEN_POLICY = JSON.stringify({
  Version: '2008-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
});
/** Allows the company's own buckets and none of AWS's. */
const OWN_BUCKETS_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::corp-example-*' }],
});
const SERVICES = ['ssm', 'ssmmessages', 'imagebuilder', 'logs', 'ec2', 'sts', 'kms'];

/** Ids that examples and tests may name; they never change. */
export const networkIds = {
  privateVpc: derivedId('vpc', 'sandbox private vpc'),
  privateSubnets: ['a', 'b'].map((zone) => derivedId('subnet', `sandbox private subnet ${zone}`)),
  builderGroup: derivedId('sg', 'sandbox private builder'),
  endpointGroup: derivedId('sg', 'sandbox private endpoints'),
  brokenVpc: derivedId('vpc', 'sandbox broken vpc'),
  brokenSubnet: derivedId('subnet', 'sandbox broken subnet'),
  brokenGroup: derivedId('sg', 'sandbox broken builder'),
  brokenEndpointGroup: derivedId('sg', 'sandbox broken endpoints'),
  transitGateway: derivedId('tgw', 'sandbox corporate network'),
};

const networks = new Map<string, BuiltInNetwork>();

/** The network of a Region. */
export function networkOf(region: string): BuiltInNetwork {
  const before = networks.get(region);
  if (before) return before;
  const parts = [
    defaultVpc(region),
    ...(region === SEED_REGION ? [privateVpc(region), brokenVpc(region)] : []),
  ];
  const network: BuiltInNetwork = {
    vpcs: parts.flatMap((part) => part.vpcs),
    subnets: parts.flatMap((part) => part.subnets),
    routeTables: parts.flatMap((part) => part.routeTables),
    endpoints: parts.flatMap((part) => part.endpoints),
    prefixLists: [s3List(region)],
    acls: parts.flatMap((part) => part.acls),
    groups: parts.flatMap((part) => part.groups),
  };
  networks.set(region, network);
  return network;
}

type VpcPart = Omit<BuiltInNetwork, 'prefixLists'>;

function defaultVpc(region: string): VpcPart {
  const vpcId = derivedId('vpc', `sandbox default ${region}`);
  const gateway = derivedId('igw', vpcId);
  const subnets = ['a', 'b', 'c'].map((zone, i): SubnetRow => ({
    id: derivedId('subnet', `${vpcId} ${zone}`),
    name: '',
    vpcId,
    cidr: `172.31.${i * 16}.0/20`,
    zone,
    defaultForZone: true,
    mapPublicIp: true,
  }));
  return {
    vpcs: [
      {
        id: vpcId,
        name: '',
        cidr: '172.31.0.0/16',
        isDefault: true,
        dhcpOptionsId: dhcpOptionsId(region),
        dnsSupport: true,
        dnsHostnames: true,
      },
    ],
    subnets,
    routeTables: [
      {
        id: derivedId('rtb', vpcId),
        vpcId,
        main: true,
        subnetIds: [],
        routes: [
          { destination: '172.31.0.0/16', target: 'local' },
          { destination: '0.0.0.0/0', target: gateway },
        ],
      },
    ],
    endpoints: [],
    acls: [{ id: derivedId('acl', vpcId), vpcId, subnetIds: subnets.map(({ id }) => id) }],
    groups: [defaultGroup(vpcId)],
  };
}

/** Has no internet gateway and no NAT: AWS is reached through endpoints, the company through the transit gateway. */
function privateVpc(region: string): VpcPart {
  const { privateVpc: vpcId, privateSubnets, builderGroup, endpointGroup } = networkIds;
  const table = derivedId('rtb', vpcId);
  return {
    ...closedVpc(region, {
      vpcId,
      name: 'hpc-private',
      net: '10.40',
      subnetIds: privateSubnets,
      table,
      routes: [
        { destination: CORPORATE, target: networkIds.transitGateway },
        { destination: s3List(region).id, target: derivedId('vpce', `${vpcId} s3`) },
      ],
    }),
    endpoints: [
      ...SERVICES.map((service) =>
        interfaceEndpoint(region, vpcId, service, privateSubnets, [endpointGroup]),
      ),
      s3Endpoint(region, vpcId, OPEN_POLICY, [table]),
    ],
    groups: [
      defaultGroup(vpcId),
      {
        id: builderGroup,
        name: 'bakery-builder',
        description: 'Build instances: out to the mirrors and the endpoints',
        vpcId,
        ingress: [{ protocol: 'tcp', fromPort: 22, toPort: 22, cidr: CORPORATE }],
        egress: [ANYWHERE],
      },
      {
        id: endpointGroup,
        name: 'endpoints',
        description: 'Interface endpoints',
        vpcId,
        ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '10.40.0.0/16' }],
        egress: [ANYWHERE],
      },
    ],
  };
}

/**
 * A VPC with mistakes: no ssmmessages endpoint, no private DNS for ssm, endpoints whose group admits other addresses
 * only, an S3 endpoint for the company's buckets only, no route to the mirrors, and a builder's group that allows only
 * DNS.
 */
function brokenVpc(region: string): VpcPart {
  const { brokenVpc: vpcId, brokenSubnet, brokenGroup, brokenEndpointGroup } = networkIds;
  const table = derivedId('rtb', vpcId);
  const subnets = [brokenSubnet];
  return {
    ...closedVpc(region, {
      vpcId,
      name: 'hpc-broken',
      net: '10.41',
      subnetIds: subnets,
      table,
      routes: [
        { destination: CORPORATE, target: derivedId('tgw', 'sandbox gone'), blackhole: true },
        { destination: s3List(region).id, target: derivedId('vpce', `${vpcId} s3`) },
      ],
    }),
    endpoints: [
      ...SERVICES.filter((service) => service !== 'ssmmessages').map((service): EndpointRow => {
        const endpoint = interfaceEndpoint(region, vpcId, service, subnets, [brokenEndpointGroup]);
        return service === 'ssm' ? { ...endpoint, privateDns: false } : endpoint;
      }),
      s3Endpoint(region, vpcId, OWN_BUCKETS_POLICY, [table]),
    ],
    groups: [
      defaultGroup(vpcId),
      {
        id: brokenGroup,
        name: 'bakery-builder',
        description: 'Build instances: nothing but names',
        vpcId,
        ingress: [],
        egress: [{ protocol: 'udp', fromPort: 53, toPort: 53, cidr: '10.41.0.2/32' }],
      },
      {
        id: brokenEndpointGroup,
        name: 'endpoints',
        description: 'Interface endpoints, for others',
        vpcId,
        ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, cidr: '192.0.2.0/24' }],
        egress: [ANYWHERE],
      },
    ],
  };
}

interface ClosedVpc {
  vpcId: string;
  name: string;
  /** The first two numbers of its addresses. */
  net: string;
  subnetIds: readonly string[];
  table: string;
  routes: readonly RouteRow[];
}

/** The common parts of VPCs without a route to the internet. */
function closedVpc(
  region: string,
  { vpcId, name, net, subnetIds, table, routes }: ClosedVpc,
): Omit<VpcPart, 'endpoints' | 'groups'> {
  const cidr = `${net}.0.0/16`;
  return {
    vpcs: [
      {
        id: vpcId,
        name,
        cidr,
        isDefault: false,
        dhcpOptionsId: dhcpOptionsId(region),
        dnsSupport: true,
        dnsHostnames: true,
      },
    ],
    subnets: subnetIds.map((id, i): SubnetRow => ({
      id,
      name: `${name}-${'ab'[i]}`,
      vpcId,
      cidr: `${net}.${i + 1}.0/24`,
      zone: 'ab'[i] as string,
      defaultForZone: false,
      mapPublicIp: false,
    })),
    routeTables: [
      {
        id: derivedId('rtb', `${vpcId} main`),
        vpcId,
        main: true,
        subnetIds: [],
        routes: [{ destination: cidr, target: 'local' }],
      },
      {
        id: table,
        vpcId,
        main: false,
        subnetIds,
        routes: [{ destination: cidr, target: 'local' }, ...routes],
      },
    ],
    acls: [{ id: derivedId('acl', vpcId), vpcId, subnetIds }],
  };
}

function interfaceEndpoint(
  region: string,
  vpcId: string,
  service: string,
  subnetIds: readonly string[],
  groupIds: readonly string[],
): EndpointRow {
  return {
    id: derivedId('vpce', `${vpcId} ${service}`),
    vpcId,
    service: serviceName(region, service),
    kind: 'Interface',
    privateDns: true,
    policy: OPEN_POLICY,
    subnetIds,
    groupIds,
    routeTableIds: [],
  };
}

function s3Endpoint(
  region: string,
  vpcId: string,
  policy: string,
  routeTableIds: readonly string[],
): EndpointRow {
  return {
    id: derivedId('vpce', `${vpcId} s3`),
    vpcId,
    service: serviceName(region, 's3'),
    kind: 'Gateway',
    privateDns: false,
    policy,
    subnetIds: [],
    groupIds: [],
    routeTableIds,
  };
}

function serviceName(region: string, service: string): string {
  const prefixes: Record<string, string> = { 'aws-cn': 'cn.com.amazonaws' };
  return `${prefixes[partitionOf(region)] ?? 'com.amazonaws'}.${region}.${service}`;
}

/** The default group of a VPC (VPC user guide, "Default security groups"). */
function defaultGroup(vpcId: string): BuiltInGroup {
  const id = derivedId('sg', `${vpcId} default`);
  return {
    id,
    name: 'default',
    description: 'default VPC security group',
    vpcId,
    ingress: [{ protocol: '-1', groupId: id }],
    egress: [ANYWHERE],
  };
}

function s3List(region: string): BuiltInNetwork['prefixLists'][number] {
  // Addresses for documentation (RFC 5737), because the sandbox's S3 has none of AWS's addresses.
  const cidrs = ['198.51.100.0/25', '203.0.113.0/25'];
  return { id: derivedId('pl', `sandbox s3 ${region}`), name: serviceName(region, 's3'), cidrs };
}

function dhcpOptionsId(region: string): string {
  return derivedId('dopt', `sandbox ${region}`);
}
