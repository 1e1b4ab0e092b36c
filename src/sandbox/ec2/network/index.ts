/** Owns which operations look at the network. */
import type { Handlers } from '../../call.ts';
import { describeVpcEndpoints } from './endpoints.ts';
import {
  describeInternetGateways,
  describeManagedPrefixLists,
  describeNatGateways,
  describeRouteTables,
  getManagedPrefixListEntries,
} from './routing.ts';
import {
  describeAvailabilityZones,
  describeDhcpOptions,
  describeNetworkAcls,
  describeSubnets,
  describeVpcAttribute,
  describeVpcs,
} from './vpcs.ts';

export const networkOperations: Handlers = {
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeDhcpOptions: describeDhcpOptions,
  DescribeInternetGateways: describeInternetGateways,
  DescribeManagedPrefixLists: describeManagedPrefixLists,
  DescribeNatGateways: describeNatGateways,
  DescribeNetworkAcls: describeNetworkAcls,
  DescribeRouteTables: describeRouteTables,
  DescribeSubnets: describeSubnets,
  DescribeVpcAttribute: describeVpcAttribute,
  DescribeVpcEndpoints: describeVpcEndpoints,
  DescribeVpcs: describeVpcs,
  GetManagedPrefixListEntries: getManagedPrefixListEntries,
};
