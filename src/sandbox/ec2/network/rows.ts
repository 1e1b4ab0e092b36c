/** The rows of the built-in network. No operation changes it. */

export interface VpcRow {
  id: string;
  name: string;
  cidr: string;
  isDefault: boolean;
  dhcpOptionsId: string;
  dnsSupport: boolean;
  dnsHostnames: boolean;
}

export interface SubnetRow {
  id: string;
  name: string;
  vpcId: string;
  cidr: string;
  /** The letter of its Availability Zone, such as a. */
  zone: string;
  defaultForZone: boolean;
  mapPublicIp: boolean;
}

export interface RouteRow {
  /** A CIDR block, or the id of a prefix list. */
  destination: string;
  /** `local`, or an id that starts with igw-, nat-, tgw-, vpce-, pcx- or vgw-. */
  target: string;
  /** True: its target no longer exists. */
  blackhole?: boolean;
}

export interface RouteTableRow {
  id: string;
  vpcId: string;
  main: boolean;
  subnetIds: readonly string[];
  routes: readonly RouteRow[];
}

export interface EndpointRow {
  id: string;
  vpcId: string;
  /** Such as com.amazonaws.us-east-1.ssm. */
  service: string;
  kind: 'Interface' | 'Gateway';
  privateDns: boolean;
  /** JSON. */
  policy: string;
  subnetIds: readonly string[];
  groupIds: readonly string[];
  routeTableIds: readonly string[];
}

export interface PrefixListRow {
  id: string;
  name: string;
  cidrs: readonly string[];
}

export interface NetworkAclRow {
  id: string;
  vpcId: string;
  subnetIds: readonly string[];
}

/** One rule of a security group for one peer. */
export interface GroupRule {
  protocol: string;
  fromPort?: number | undefined;
  toPort?: number | undefined;
  /** An IPv4 or IPv6 CIDR block. */
  cidr?: string | undefined;
  groupId?: string | undefined;
  prefixListId?: string | undefined;
  description?: string | undefined;
}

export interface BuiltInGroup {
  id: string;
  name: string;
  description: string;
  vpcId: string;
  ingress: readonly GroupRule[];
  egress: readonly GroupRule[];
}

export interface BuiltInNetwork {
  vpcs: readonly VpcRow[];
  subnets: readonly SubnetRow[];
  routeTables: readonly RouteTableRow[];
  endpoints: readonly EndpointRow[];
  prefixLists: readonly PrefixListRow[];
  acls: readonly NetworkAclRow[];
  groups: readonly BuiltInGroup[];
}
