/**
 * Owns the network every account is given: a default VPC per Region as AWS makes it (VPC user guide, "Default VPCs"),
 * and in the seed's Region two VPCs without a route to the internet, one fit for a bakery and one with what goes wrong.
 * It is derived, not stored: a state folder of an earlier version has it, too.
 */
import { partitionOf } from '../../../os/releases.ts';
import { SEED_REGION, derivedId } from '../../ids.ts';
import type { EndpointRow, BuiltInGroup, GroupRule, BuiltInNetwork, SubnetRow } from './rows.ts';

/** Where the corporate network and its mirrors are: reached through the transit gateway. */
const CORPORATE = '10.0.0.0/8';
const ANYWHERE: GroupRule = { protocol: '-1', cidr: '0.0.0.0/0' };
const OPEN_POLICY = JSON.stringify({
  Version: '2008-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
});
/** An S3 endpoint that lets the company's own buckets through, and nothing of AWS's. */
const OWN_BUCKETS_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::corp-example-*' }],
});
const SERVICES = ['ssm', 'ssmmessages', 'ec2messages', 'imagebuilder', 'logs', 'ec2', 'sts', 'kms'];

/** Ids of the VPCs that an example or a test may name; they are the same for ever. */
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

const known = new Map<string, BuiltInNetwork>();

/** The network of a Region. */
export function networkOf(region: string): BuiltInNetwork {
  const before = known.get(region);
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
  known.set(region, network);
  return network;
}

type Part = Omit<BuiltInNetwork, 'prefixLists'>;

function defaultVpc(region: string): Part {
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
          { to: '172.31.0.0/16', via: 'local' },
          { to: '0.0.0.0/0', via: gateway },
        ],
      },
    ],
    endpoints: [],
    acls: [{ id: derivedId('acl', vpcId), vpcId, subnetIds: subnets.map(({ id }) => id) }],
    groups: [defaultGroup(vpcId)],
  };
}

/** No internet gateway, no NAT: endpoints for AWS, the transit gateway for the company. */
function privateVpc(region: string): Part {
  const { privateVpc: vpcId, privateSubnets, builderGroup, endpointGroup } = networkIds;
  const table = derivedId('rtb', vpcId);
  return {
    ...closed(region, {
      vpcId,
      name: 'hpc-private',
      net: '10.40',
      subnetIds: privateSubnets,
      table,
      routes: [
        { to: CORPORATE, via: networkIds.transitGateway },
        { to: s3List(region).id, via: derivedId('vpce', `${vpcId} s3`) },
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
 * What goes wrong: no ssmmessages, no private DNS for ssm, endpoints that answer to others only, an S3 endpoint that
 * knows only the company's buckets, no way to the mirrors, and a builder's group that lets nothing out but DNS.
 */
function brokenVpc(region: string): Part {
  const { brokenVpc: vpcId, brokenSubnet, brokenGroup, brokenEndpointGroup } = networkIds;
  const table = derivedId('rtb', vpcId);
  const subnets = [brokenSubnet];
  return {
    ...closed(region, {
      vpcId,
      name: 'hpc-broken',
      net: '10.41',
      subnetIds: subnets,
      table,
      routes: [
        { to: CORPORATE, via: derivedId('tgw', 'sandbox gone'), blackhole: true },
        { to: s3List(region).id, via: derivedId('vpce', `${vpcId} s3`) },
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

interface Closed {
  vpcId: string;
  name: string;
  /** First two numbers of its addresses. */
  net: string;
  subnetIds: readonly string[];
  table: string;
  routes: { to: string; via: string; blackhole?: boolean }[];
}

/** What VPCs without internet have in common. */
function closed(
  region: string,
  { vpcId, name, net, subnetIds, table, routes }: Closed,
): Omit<Part, 'endpoints' | 'groups'> {
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
        routes: [{ to: cidr, via: 'local' }],
      },
      { id: table, vpcId, main: false, subnetIds, routes: [{ to: cidr, via: 'local' }, ...routes] },
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
  const turned: Record<string, string> = { 'aws-cn': 'cn.com.amazonaws' };
  return `${turned[partitionOf(region)] ?? 'com.amazonaws'}.${region}.${service}`;
}

/** As each VPC gets it (VPC user guide, "Default security groups"). */
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
  // Documentation addresses (RFC 5737): the sandbox's S3 is at none of AWS's.
  const cidrs = ['198.51.100.0/25', '203.0.113.0/25'];
  return { id: derivedId('pl', `sandbox s3 ${region}`), name: serviceName(region, 's3'), cidrs };
}

function dhcpOptionsId(region: string): string {
  return derivedId('dopt', `sandbox ${region}`);
}
