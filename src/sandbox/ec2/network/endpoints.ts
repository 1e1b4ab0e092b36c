/** Handles DescribeVpcEndpoints. */
import type { Call } from '../../call.ts';
import { ACCOUNT } from '../../ids.ts';
import { AwsError } from '../../wire/aws-error.ts';
import type { Fields, Filter } from '../filters.ts';
import { describeResources } from './describe.ts';
import { networkOf } from './built-in.ts';
import type { EndpointRow } from './rows.ts';

interface Input {
  VpcEndpointIds?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

const fields: Fields<EndpointRow> = {
  'ip-address-type': () => ['ipv4'],
  'service-name': ({ service }) => [service],
  'vpc-endpoint-id': ({ id }) => [id],
  'vpc-endpoint-state': () => ['available'],
  'vpc-endpoint-type': ({ kind }) => [kind],
  'vpc-id': ({ vpcId }) => [vpcId],
};

export function describeVpcEndpoints(input: Input, call: Call): object {
  const { endpoints, groups } = networkOf(call.region);
  const { list, token } = describeResources(
    { ids: input.VpcEndpointIds, filters: input.Filters, size: input.MaxResults, token: input.NextToken },
    {
      rows: endpoints,
      fields,
      missing: (id) =>
        new AwsError('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${id}' does not exist`),
      write: (endpoint) => ({
        VpcEndpointId: endpoint.id,
        VpcEndpointType: endpoint.kind,
        VpcId: endpoint.vpcId,
        ServiceName: endpoint.service,
        State: 'available',
        OwnerId: ACCOUNT,
        PolicyDocument: endpoint.policy,
        PrivateDnsEnabled: endpoint.privateDns,
        SubnetIds: endpoint.subnetIds,
        RouteTableIds: endpoint.routeTableIds,
        Groups: endpoint.groupIds.map((GroupId) => ({
          GroupId,
          GroupName: groups.find(({ id }) => id === GroupId)?.name,
        })),
        IpAddressType: 'ipv4',
        RequesterManaged: false,
      }),
    },
    call,
  );
  return { VpcEndpoints: list, NextToken: token };
}
