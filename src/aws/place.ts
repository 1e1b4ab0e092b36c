/** Reads the network of the build instance from EC2: its subnet, routes, endpoints and security groups, and the instance type. */
import {
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  paginateGetManagedPrefixListEntries,
  type _InstanceType,
  type IpPermission,
  type Route as Ec2Route,
  type RouteTable,
  type SecurityGroup,
  type Subnet as Ec2Subnet,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import { tryRead, valueOrUndefined, type ReadResult } from './ask.ts';
import type { Session } from './session.ts';

export interface SubnetFacts {
  id: string;
  vpc: string;
  cidr: string;
  zone: string;
  /** Whether its instances get public addresses. */
  publicAddresses: boolean;
  freeAddresses: number;
}

export interface SubnetRoute {
  /** A CIDR block, or the id of a prefix list. */
  to: string;
  /** `local`, or the id of a gateway or another target: igw-, nat-, tgw-, vgw-, pcx-, eni-, vpce-, … */
  via: string;
  blackhole: boolean;
}

export interface SecurityGroupRule {
  /** `-1` (all), `tcp`, `6`, `udp`, … */
  protocol: string;
  fromPort: number | undefined;
  toPort: number | undefined;
  cidrs: string[];
  groups: string[];
  prefixLists: string[];
}

export interface Group {
  id: string;
  vpc: string;
  ingress: SecurityGroupRule[];
  egress: SecurityGroupRule[];
}

export interface VpcEndpointFacts {
  id: string;
  /** `ssm`, `s3`, …: the part of its service name after the Region. */
  service: string;
  kind: string;
  state: string;
  privateDns: boolean;
  /** JSON. */
  policy: string;
  subnets: string[];
  groups: string[];
  routeTables: string[];
}

/** The network around a subnet. */
export interface SubnetNetwork {
  subnet: SubnetFacts;
  /** All subnets of the VPC, because an endpoint serves the whole VPC. */
  subnets: ReadResult<SubnetFacts[]>;
  /** The route table of the subnet, or the main one of its VPC. */
  routeTable: ReadResult<{ id: string; routes: SubnetRoute[] }>;
  endpoints: ReadResult<VpcEndpointFacts[]>;
  /** The two VPC attributes that private DNS names need. */
  dns: ReadResult<{ support: boolean; hostnames: boolean }>;
  /** The blocks of the prefix lists that routes name, by id. */
  prefixLists: Record<string, string[]>;
}

export interface InstanceTypeFacts {
  name: string;
  vcpus: number;
  /** x86_64, arm64. */
  architectures: string[];
  /** Whether the zone of the subnet offers it. */
  offered: boolean;
}

const NO_SUBNET = ['InvalidSubnetID.NotFound', 'InvalidSubnetId.Malformed', 'InvalidSubnetID.Malformed'];
const NO_GROUP = ['InvalidGroup.NotFound', 'InvalidGroupId.Malformed', 'InvalidSecurityGroupID.NotFound'];
const NO_TYPE = ['InvalidInstanceType', 'InvalidParameterValue'];

/** The subnet that bakery.yaml names; the value is null if it does not exist. */
export function readSubnet(aws: Session, region: string, id: string): Promise<ReadResult<SubnetFacts>> {
  return tryRead(`subnet ${id}`, NO_SUBNET, async (abortSignal) => {
    const command = new DescribeSubnetsCommand({ SubnetIds: [id] });
    const { Subnets } = await aws.ec2(region).send(command, { abortSignal });
    return subnetOf(Subnets?.[0] ?? {});
  });
}

/** The subnet of a launch that names none; the value is null if the Region has no default VPC. */
export async function readDefaultSubnet(aws: Session, region: string): Promise<ReadResult<SubnetFacts>> {
  const answer = await tryRead('the default VPC', [], async (abortSignal) => {
    const command = new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['true'] }] });
    const { Subnets } = await aws.ec2(region).send(command, { abortSignal });
    return (Subnets ?? []).map(subnetOf);
  });
  if ('unknown' in answer) return answer;
  return { value: answer.value?.[0] ?? null };
}

/** Makes four calls in parallel, and one per prefix list that a route names, except for routes to endpoints. */
export async function readSubnetNetwork(
  aws: Session,
  region: string,
  subnet: SubnetFacts,
): Promise<SubnetNetwork> {
  const ec2 = aws.ec2(region);
  const Filters = [{ Name: 'vpc-id', Values: [subnet.vpc] }];
  const [subnets, routeTable, endpoints, dns] = await Promise.all([
    tryRead(`subnets of ${subnet.vpc}`, [], async (abortSignal) => {
      const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters }), { abortSignal });
      return (Subnets ?? []).map(subnetOf);
    }),
    tryRead(`route tables of ${subnet.vpc}`, [], async (abortSignal) => {
      const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }), { abortSignal });
      return tableOf(RouteTables ?? [], subnet.id);
    }),
    tryRead(`VPC endpoints of ${subnet.vpc}`, [], async (abortSignal) => {
      const { VpcEndpoints } = await ec2.send(new DescribeVpcEndpointsCommand({ Filters }), { abortSignal });
      return (VpcEndpoints ?? []).map(endpointOf);
    }),
    tryRead(`DNS of ${subnet.vpc}`, [], async (abortSignal) => {
      const attribute = (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
        ec2.send(new DescribeVpcAttributeCommand({ VpcId: subnet.vpc, Attribute }), { abortSignal });
      const [support, hostnames] = await Promise.all([
        attribute('enableDnsSupport'),
        attribute('enableDnsHostnames'),
      ]);
      return {
        support: support.EnableDnsSupport?.Value === true,
        hostnames: hostnames.EnableDnsHostnames?.Value === true,
      };
    }),
  ]);
  const lists = (valueOrUndefined(routeTable)?.routes ?? [])
    .filter(({ to, via }) => to.startsWith('pl-') && !via.startsWith('vpce-'))
    .map(({ to }) => to);
  const blocks = await Promise.all(
    [...new Set(lists)].map(
      async (id) => [id, valueOrUndefined(await readPrefixList(aws, region, id)) ?? []] as const,
    ),
  );
  return { subnet, subnets, routeTable, endpoints, dns, prefixLists: Object.fromEntries(blocks) };
}

/** The security groups that exist; ids that do not exist are missing from the result. */
export async function readGroups(
  aws: Session,
  region: string,
  ids: readonly string[],
): Promise<ReadResult<Group[]>> {
  if (ids.length === 0) return { value: [] };
  // By filter, because with GroupIds one id that does not exist fails the whole call.
  const Filters = [{ Name: 'group-id', Values: [...new Set(ids)] }];
  return tryRead(`security groups ${ids.join(', ')}`, NO_GROUP, async (abortSignal) => {
    const command = new DescribeSecurityGroupsCommand({ Filters });
    const { SecurityGroups } = await aws.ec2(region).send(command, { abortSignal });
    return (SecurityGroups ?? []).map(groupOf);
  });
}

/** @param zone that must offer the type; undefined: any zone of the Region */
export function readInstanceType(
  aws: Session,
  region: string,
  name: string,
  zone: string | undefined,
): Promise<ReadResult<InstanceTypeFacts>> {
  return tryRead(`instance type ${name}`, NO_TYPE, async (abortSignal) => {
    const ec2 = aws.ec2(region);
    const offer = new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone',
      Filters: [
        { Name: 'instance-type', Values: [name] },
        ...(zone === undefined ? [] : [{ Name: 'location', Values: [zone] }]),
      ],
    });
    const InstanceTypes = [name as _InstanceType];
    const [types, offers] = await Promise.all([
      ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes }), { abortSignal }),
      ec2.send(offer, { abortSignal }),
    ]);
    const [type] = types.InstanceTypes ?? [];
    return {
      name,
      vcpus: type?.VCpuInfo?.DefaultVCpus ?? 0,
      architectures: type?.ProcessorInfo?.SupportedArchitectures ?? [],
      offered: (offers.InstanceTypeOfferings ?? []).length > 0,
    };
  });
}

function readPrefixList(aws: Session, region: string, id: string): Promise<ReadResult<string[]>> {
  return tryRead(`prefix list ${id}`, ['InvalidPrefixListID.NotFound'], async () => {
    const blocks: string[] = [];
    const pages = paginateGetManagedPrefixListEntries({ client: aws.ec2(region) }, { PrefixListId: id });
    for await (const page of pages) blocks.push(...(page.Entries ?? []).map((entry) => entry.Cidr ?? ''));
    return blocks;
  });
}

function subnetOf(subnet: Ec2Subnet): SubnetFacts {
  return {
    id: subnet.SubnetId ?? '',
    vpc: subnet.VpcId ?? '',
    cidr: subnet.CidrBlock ?? '',
    zone: subnet.AvailabilityZone ?? '',
    publicAddresses: subnet.MapPublicIpOnLaunch === true,
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
  };
}

/** A subnet without a route table of its own uses the main one of the VPC (VPC user guide, "Route table concepts"). */
function tableOf(tables: readonly RouteTable[], subnet: string): { id: string; routes: SubnetRoute[] } {
  const own = tables.find((table) => table.Associations?.some((one) => one.SubnetId === subnet));
  const table = own ?? tables.find((one) => one.Associations?.some(({ Main }) => Main === true));
  return { id: table?.RouteTableId ?? '', routes: (table?.Routes ?? []).flatMap(routeOf) };
}

function routeOf(route: Ec2Route): SubnetRoute[] {
  const to = route.DestinationCidrBlock ?? route.DestinationPrefixListId;
  const via =
    route.GatewayId ??
    route.NatGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.NetworkInterfaceId ??
    route.LocalGatewayId ??
    route.CarrierGatewayId ??
    route.CoreNetworkArn ??
    route.InstanceId;
  if (to === undefined || via === undefined) return [];
  return [{ to, via, blackhole: route.State === 'blackhole' }];
}

function endpointOf(endpoint: VpcEndpoint): VpcEndpointFacts {
  return {
    id: endpoint.VpcEndpointId ?? '',
    service: serviceOf(endpoint.ServiceName ?? ''),
    kind: endpoint.VpcEndpointType ?? '',
    state: (endpoint.State ?? '').toLowerCase(),
    privateDns: endpoint.PrivateDnsEnabled === true,
    policy: endpoint.PolicyDocument ?? '',
    subnets: endpoint.SubnetIds ?? [],
    groups: (endpoint.Groups ?? []).map((group) => group.GroupId ?? ''),
    routeTables: endpoint.RouteTableIds ?? [],
  };
}

/** Returns `ssm` for com.amazonaws.us-east-1.ssm or cn.com.amazonaws.cn-north-1.ssm (AWS PrivateLink guide, "AWS services that integrate with AWS PrivateLink"). */
function serviceOf(name: string): string {
  return /^(?:[a-z]+\.)*amazonaws\.[a-z0-9-]+\.(.+)$/.exec(name)?.[1] ?? name;
}

function groupOf(group: SecurityGroup): Group {
  return {
    id: group.GroupId ?? '',
    vpc: group.VpcId ?? '',
    ingress: (group.IpPermissions ?? []).map(ruleOf),
    egress: (group.IpPermissionsEgress ?? []).map(ruleOf),
  };
}

function ruleOf(permission: IpPermission): SecurityGroupRule {
  return {
    protocol: permission.IpProtocol ?? '',
    fromPort: permission.FromPort,
    toPort: permission.ToPort,
    cidrs: (permission.IpRanges ?? []).map((range) => range.CidrIp ?? ''),
    groups: (permission.UserIdGroupPairs ?? []).map((pair) => pair.GroupId ?? ''),
    prefixLists: (permission.PrefixListIds ?? []).map((list) => list.PrefixListId ?? ''),
  };
}
