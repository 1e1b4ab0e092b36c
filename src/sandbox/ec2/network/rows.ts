/** Owns the shapes of the account's network, which is given and never changes: no operation here makes a VPC. */

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
  /** Letter of its Availability Zone: a. */
  zone: string;
  defaultForZone: boolean;
  mapPublicIp: boolean;
}

export interface RouteRow {
  /** CIDR, or the id of a prefix list. */
  to: string;
  /** `local`, or an id: igw-, nat-, tgw-, vpce-, pcx-, vgw-. */
  via: string;
  /** Its target is gone. */
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
  /** com.amazonaws.us-east-1.ssm */
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

/** One rule of a security group, from or to one peer. */
export interface GroupRule {
  protocol: string;
  fromPort?: number | undefined;
  toPort?: number | undefined;
  /** IPv4 or IPv6. */
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
