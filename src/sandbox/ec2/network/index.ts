/** The table of operations that read the network. */
import type { Handlers } from '../../call.ts';
import { describeVpcEndpoints } from './endpoints.ts';
import { describeRouteTables, getManagedPrefixListEntries } from './routing.ts';
import { describeNetworkAcls, describeSubnets, describeVpcAttribute, describeVpcs } from './vpcs.ts';

export const networkOperations: Handlers = {
  DescribeNetworkAcls: describeNetworkAcls,
  DescribeRouteTables: describeRouteTables,
  DescribeSubnets: describeSubnets,
  DescribeVpcAttribute: describeVpcAttribute,
  DescribeVpcEndpoints: describeVpcEndpoints,
  DescribeVpcs: describeVpcs,
  GetManagedPrefixListEntries: getManagedPrefixListEntries,
};
