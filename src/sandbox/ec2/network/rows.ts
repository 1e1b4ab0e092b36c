/** Owns the shapes of the account's network, which is given and never changes: no operation here makes a VPC. */

export interface Vpc {
  id: string;
  name: string;
  cidr: string;
  isDefault: boolean;
  dhcpOptionsId: string;
  dnsSupport: boolean;
  dnsHostnames: boolean;
}

export interface Subnet {
  id: string;
  name: string;
  vpcId: string;
  cidr: string;
  /** Letter of its Availability Zone: a. */
  zone: string;
  defaultForZone: boolean;
  mapPublicIp: boolean;
}

export interface Route {
  /** CIDR, or the id of a prefix list. */
  to: string;
  /** `local`, or an id: igw-, nat-, tgw-, vpce-, pcx-, vgw-. */
  via: string;
  /** Its target is gone. */
  blackhole?: boolean;
}

export interface RouteTable {
  id: string;
  vpcId: string;
  main: boolean;
  subnetIds: readonly string[];
  routes: readonly Route[];
}

export interface Endpoint {
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

export interface PrefixList {
  id: string;
  name: string;
  cidrs: readonly string[];
}

export interface NetworkAcl {
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

export interface GivenGroup {
  id: string;
  name: string;
  description: string;
  vpcId: string;
  ingress: readonly GroupRule[];
  egress: readonly GroupRule[];
}

export interface Network {
  vpcs: readonly Vpc[];
  subnets: readonly Subnet[];
  routeTables: readonly RouteTable[];
  endpoints: readonly Endpoint[];
  prefixLists: readonly PrefixList[];
  acls: readonly NetworkAcl[];
  groups: readonly GivenGroup[];
}
