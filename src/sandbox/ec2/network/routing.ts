/** Handles DescribeRouteTables and GetManagedPrefixListEntries. */
import type { Call } from '../../call.ts';
import { ACCOUNT, derivedId } from '../../ids.ts';
import { pageOf } from '../../paging.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { Fields, Filter } from '../filters.ts';
import { describeResources } from './describe.ts';
import { networkOf } from './built-in.ts';
import type { RouteRow, RouteTableRow } from './rows.ts';

interface Paged {
  MaxResults?: number;
  NextToken?: string;
}
type Filtered = Paged & { Filters?: Filter[] };

const tableFields: Fields<RouteTableRow> = {
  'association.main': (table) => [String(table.main)],
  'association.route-table-id': (table) => [table.id],
  'association.subnet-id': (table) => [...table.subnetIds],
  'owner-id': () => [ACCOUNT],
  'route-table-id': (table) => [table.id],
  'route.destination-cidr-block': (table) =>
    table.routes.map(({ destination }) => destination).filter(isCidr),
  'route.destination-prefix-list-id': (table) =>
    table.routes.map(({ destination }) => destination).filter((one) => !isCidr(one)),
  'route.gateway-id': (table) => table.routes.map(({ target }) => target),
  'route.nat-gateway-id': (table) => table.routes.map(({ target }) => target),
  'route.transit-gateway-id': (table) => table.routes.map(({ target }) => target),
  'route.state': (table) => table.routes.map(stateOf),
  'vpc-id': (table) => [table.vpcId],
};

export function describeRouteTables(input: Filtered & { RouteTableIds?: string[] }, call: Call): object {
  const { list, token } = describeResources(
    { ids: input.RouteTableIds, filters: input.Filters, size: input.MaxResults, token: input.NextToken },
    {
      rows: networkOf(call.region).routeTables,
      fields: tableFields,
      missing: (id) =>
        new AwsError('InvalidRouteTableID.NotFound', `The routeTable ID '${id}' does not exist`),
      write: (table) => ({
        RouteTableId: table.id,
        VpcId: table.vpcId,
        OwnerId: ACCOUNT,
        Associations: [...(table.main ? [undefined] : []), ...table.subnetIds].map((SubnetId) => ({
          RouteTableAssociationId: derivedId('rtbassoc', `${table.id} ${SubnetId ?? 'main'}`),
          RouteTableId: table.id,
          Main: SubnetId === undefined,
          SubnetId,
          AssociationState: { State: 'associated' },
        })),
        PropagatingVgws: [],
        Routes: table.routes.map(writeRoute),
      }),
    },
    call,
  );
  return { RouteTables: list, NextToken: token };
}

function writeRoute(route: RouteRow): object {
  const { destination, target } = route;
  return {
    ...(isCidr(destination)
      ? { DestinationCidrBlock: destination }
      : { DestinationPrefixListId: destination }),
    [targetMember(target)]: target,
    Origin: target === 'local' ? 'CreateRouteTable' : 'CreateRoute',
    State: stateOf(route),
  };
}

/** The member of Route that contains a target (EC2 API reference, Route); gateway endpoints are gateways there. */
function targetMember(target: string): string {
  if (target.startsWith('nat-')) return 'NatGatewayId';
  if (target.startsWith('tgw-')) return 'TransitGatewayId';
  if (target.startsWith('pcx-')) return 'VpcPeeringConnectionId';
  return 'GatewayId';
}

function stateOf({ blackhole }: RouteRow): string {
  return blackhole === true ? 'blackhole' : 'active';
}

function isCidr(destination: string): boolean {
  return destination.includes('/');
}

export function getManagedPrefixListEntries(input: Paged & { PrefixListId: string }, call: Call): object {
  const found = networkOf(call.region).prefixLists.find(({ id }) => id === input.PrefixListId);
  if (!found) throw listNotFound(input.PrefixListId);
  const page = pageOf([...found.cidrs].sort(), (cidr) => cidr, {
    token: input.NextToken,
    size: input.MaxResults ?? 100,
    bad: () => new AwsError('InvalidParameterValue', 'Unable to parse pagination token'),
  });
  return { Entries: page.items.map((Cidr) => ({ Cidr })), NextToken: page.token };
}

function listNotFound(id: string): AwsError {
  return new AwsError('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' does not exist`);
}
