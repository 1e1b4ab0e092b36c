/** Checks that an id belongs to a resource that can have tags. */
import type { Call } from '../call.ts';
import { getRow, rowKey, listRows, type Tables } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { builtInGroups } from './network/find.ts';
import { networkOf } from './network/built-in.ts';

/** Prefix of an id → its type (EC2 API reference, TagSpecification), the table of its row, and the error if it is missing. */
const KINDS: Readonly<Record<string, { type: string; table?: keyof Tables; error: string }>> = {
  ami: { type: 'image', table: 'image', error: 'InvalidAMIID.NotFound' },
  snap: { type: 'snapshot', table: 'snapshot', error: 'InvalidSnapshot.NotFound' },
  i: { type: 'instance', table: 'instance', error: 'InvalidInstanceID.NotFound' },
  vol: { type: 'volume', table: 'volume', error: 'InvalidVolume.NotFound' },
  sg: { type: 'security-group', table: 'securityGroup', error: 'InvalidGroup.NotFound' },
  key: { type: 'key-pair', error: 'InvalidKeyPair.NotFound' },
  vpc: { type: 'vpc', error: 'InvalidVpcID.NotFound' },
  subnet: { type: 'subnet', error: 'InvalidSubnetID.NotFound' },
  rtb: { type: 'route-table', error: 'InvalidRouteTableID.NotFound' },
  vpce: { type: 'vpc-endpoint', error: 'InvalidVpcEndpointId.NotFound' },
  lt: { type: 'launch-template', error: 'InvalidLaunchTemplateId.NotFound' },
};

function prefixOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('-')));
}

/** @throws AwsError if the Region has no such resource */
export function checkTaggable(id: string, call: Pick<Call, 'state' | 'region'>): void {
  const kind = KINDS[prefixOf(id)];
  if (!kind) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  const row = kind.table && getRow(call.state, kind.table, rowKey(call.region, id));
  if (row || isBuiltIn(id, call.region)) return;
  if (kind.type === 'key-pair' && listRows(call.state, 'keyPair', call.region).some((one) => one.id === id))
    return;
  throw new AwsError(kind.error, `The ${kind.type} ID '${id}' does not exist`);
}

function isBuiltIn(id: string, region: string): boolean {
  const { vpcs, subnets, routeTables, endpoints } = networkOf(region);
  return [...builtInGroups(region), ...vpcs, ...subnets, ...routeTables, ...endpoints].some(
    (one) => one.id === id,
  );
}
