/** The network of a new account, read over the wire. */
import {
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  GetManagedPrefixListEntriesCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, expect, test } from 'vitest';
import { networkIds } from '../../src/sandbox/ec2/network/built-in.ts';
import { errorName, openAccount, type Clients } from './account.ts';

let account: Clients;
beforeEach(async () => {
  account = await openAccount();
});

test('a Region has a default VPC with one subnet per zone and an internet gateway', async () => {
  const { ec2 } = account;
  const { Vpcs } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
  );
  expect(Vpcs).toHaveLength(1);
  const VpcId = Vpcs?.[0]?.VpcId ?? '';
  const ofVpc = [{ Name: 'vpc-id', Values: [VpcId] }];
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters: ofVpc }));
  expect(Subnets?.map((subnet) => [subnet.AvailabilityZone, subnet.AvailabilityZoneId]).sort()).toEqual([
    ['us-east-1a', 'use1-az1'],
    ['us-east-1b', 'use1-az2'],
    ['us-east-1c', 'use1-az3'],
  ]);
  expect(Subnets?.[0]).toMatchObject({ DefaultForAz: true, MapPublicIpOnLaunch: true, State: 'available' });
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: ofVpc }));
  expect(RouteTables?.[0]?.Routes).toContainEqual({
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: expect.stringMatching(/^igw-[0-9a-f]{17}$/),
    Origin: 'CreateRoute',
    State: 'active',
  });
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({ Filters: ofVpc }));
  expect(NetworkAcls?.[0]?.Associations).toHaveLength(3);
});

test('the private VPC has endpoints and the S3 prefix list but no internet gateway', async () => {
  const { ec2 } = account;
  const ofVpc = [{ Name: 'vpc-id', Values: [networkIds.privateVpc] }];
  const { VpcEndpoints } = await ec2.send(new DescribeVpcEndpointsCommand({ Filters: ofVpc }));
  expect(VpcEndpoints?.map((endpoint) => endpoint.ServiceName?.split('.').pop()).sort()).toEqual([
    'ec2', 'imagebuilder', 'kms', 'logs', 's3', 'ssm', 'ssmmessages', 'sts',
  ]); // prettier-ignore
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({
      Filters: [{ Name: 'association.subnet-id', Values: [networkIds.privateSubnets[0] ?? ''] }],
    }),
  );
  expect(RouteTables).toHaveLength(1);
  const routes = RouteTables?.[0]?.Routes ?? [];
  expect(routes.some((route) => route.DestinationCidrBlock === '0.0.0.0/0')).toBe(false);
  const list = routes.find((route) => route.DestinationPrefixListId !== undefined)?.DestinationPrefixListId;
  const entries = await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId: list }));
  expect(entries.Entries?.length).toBeGreaterThan(0);
  const dns = await ec2.send(
    new DescribeVpcAttributeCommand({ VpcId: networkIds.privateVpc, Attribute: 'enableDnsSupport' }),
  );
  expect(dns.EnableDnsSupport?.Value).toBe(true);
});

test('pages have the requested size and together contain all rows', async () => {
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await account.ec2.send(new DescribeSubnetsCommand({ MaxResults: 5, NextToken }));
    expect(page.Subnets?.length).toBeLessThanOrEqual(5);
    seen.push(...(page.Subnets ?? []).map((subnet) => subnet.SubnetId ?? ''));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const all = await account.ec2.send(new DescribeSubnetsCommand({}));
  expect(seen).toEqual(all.Subnets?.map((subnet) => subnet.SubnetId));
  expect(new Set(seen).size).toBe(seen.length);
});

test('EC2 errors name resources that do not exist', async () => {
  const { ec2 } = account;
  const id = (prefix: string): string => `${prefix}-00000000000000000`;
  const names = await Promise.all([
    errorName(ec2.send(new DescribeVpcsCommand({ VpcIds: [id('vpc')] }))),
    errorName(ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id('subnet')] }))),
    errorName(ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id('rtb')] }))),
    errorName(ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id('vpce')] }))),
    errorName(ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId: id('pl') }))),
    errorName(ec2.send(new DescribeNetworkAclsCommand({ NetworkAclIds: [id('acl')] }))),
    errorName(ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] }))),
  ]);
  expect(names).toEqual([
    'InvalidVpcID.NotFound',
    'InvalidSubnetID.NotFound',
    'InvalidRouteTableID.NotFound',
    'InvalidVpcEndpointId.NotFound',
    'InvalidPrefixListID.NotFound',
    'InvalidNetworkAclID.NotFound',
    'InvalidParameterValue',
  ]);
});
