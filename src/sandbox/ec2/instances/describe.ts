/** Handles DescribeInstances. */
import type { Call } from '../../call.ts';
import { ACCOUNT, derivedId } from '../../ids.ts';
import { byKey, pageOf } from '../../paging.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { applyFilters, type Fields, type Filter } from '../filters.ts';
import type { InstanceRow, VolumeRow } from '../rows.ts';
import { securityGroups } from '../security-groups.ts';
import { tagsOf, toTagList } from '../tags.ts';
import { volumesOf } from '../volumes.ts';
import { findInstanceRows, visibleInstances, writeState } from './find.ts';

interface Input {
  InstanceIds?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

export function describeInstances(input: Input, call: Call): object {
  const { rows, token } = select(input, call, 1000);
  const reservations = new Map<string, InstanceRow[]>();
  for (const row of rows)
    reservations.set(row.reservationId, [...(reservations.get(row.reservationId) ?? []), row]);
  return {
    Reservations: [...reservations.values()].map((instances) => writeReservation(instances, call)),
    NextToken: token,
  };
}

function select(input: Input, call: Call, size: number): { rows: InstanceRow[]; token: string | undefined } {
  const named = (input.InstanceIds?.length ?? 0) > 0;
  if (named && input.MaxResults !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  const rows = named ? findInstanceRows(call, input.InstanceIds ?? []) : visibleInstances(call);
  const passed = applyFilters(rows, input.Filters, fieldsFor(call), (row) => tagsOf(call, row.id));
  const page = pageOf(passed.sort(byKey(idOf)), idOf, {
    token: input.NextToken,
    size: input.MaxResults ?? size,
    bad: () => new AwsError('InvalidNextToken', 'The token is not valid.'),
  });
  return { rows: page.items, token: page.token };
}

function idOf({ id }: InstanceRow): string {
  return id;
}

function fieldsFor(call: Call): Fields<InstanceRow> {
  const groups = (
    row: InstanceRow,
    value: (group: { GroupId: string; GroupName: string }) => string,
  ): string[] => groupsOf(row, call).map(value);
  const volumes = (
    row: InstanceRow,
    value: (volume: VolumeRow) => string | undefined,
  ): (string | undefined)[] => volumesOf(call, row).map(value);
  return {
    architecture: (row) => [row.architecture],
    'availability-zone': (row) => [row.zone],
    'block-device-mapping.device-name': (row) => volumes(row, ({ attachment }) => attachment?.device),
    'block-device-mapping.volume-id': (row) => volumes(row, ({ id }) => id),
    'client-token': (row) => [row.clientToken],
    'group-id': (row) => groups(row, ({ GroupId }) => GroupId),
    'group-name': (row) => groups(row, ({ GroupName }) => GroupName),
    'iam-instance-profile.arn': (row) => [row.profileArn],
    'image-id': (row) => [row.imageId],
    'instance-id': (row) => [row.id],
    'instance-state-code': (row) => [String(writeState(row.state).Code)],
    'instance-state-name': (row) => [row.state],
    'instance-type': (row) => [row.type],
    'instance.group-id': (row) => groups(row, ({ GroupId }) => GroupId),
    'instance.group-name': (row) => groups(row, ({ GroupName }) => GroupName),
    'key-name': (row) => [row.keyName],
    'launch-time': (row) => [row.launchedAt],
    'metadata-options.http-tokens': (row) => [row.metadata.HttpTokens],
    'network-interface.subnet-id': (row) => [row.subnetId],
    'network-interface.vpc-id': (row) => [row.vpcId],
    'owner-id': () => [ACCOUNT],
    'private-dns-name': (row) => [dnsName(row)],
    'private-ip-address': (row) => [row.privateIp],
    'reservation-id': (row) => [row.reservationId],
    'root-device-name': (row) => [row.rootDevice],
    'root-device-type': () => ['ebs'],
    'state-reason-code': (row) => [row.reason?.code],
    'subnet-id': (row) => [row.subnetId],
    tenancy: (row) => [row.tenancy],
    'virtualization-type': () => ['hvm'],
    'vpc-id': (row) => [row.vpcId],
  };
}

function groupsOf(row: InstanceRow, call: Call): { GroupId: string; GroupName: string }[] {
  const all = securityGroups(call);
  return row.groupIds.map((id) => ({
    GroupId: id,
    GroupName: all.find((group) => group.id === id)?.name ?? '',
  }));
}

function dnsName({ privateIp, region }: InstanceRow): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;
  return `ip-${privateIp.replaceAll('.', '-')}.${domain}`;
}

/** @param instances of one reservation, at least one */
export function writeReservation(instances: readonly InstanceRow[], call: Call): object {
  return {
    ReservationId: instances[0]?.reservationId,
    OwnerId: ACCOUNT,
    Groups: [],
    Instances: instances.map((row) => writeInstance(row, call)),
  };
}

function writeInstance(row: InstanceRow, call: Call): object {
  const tags = tagsOf(call, row.id);
  const isTerminated = row.state === 'terminated';
  // A terminated instance has no network and no disks in DescribeInstances.
  const connections = isTerminated
    ? {}
    : { ...place(row, call), BlockDeviceMappings: volumesOf(call, row).map(writeVolume) };
  return {
    InstanceId: row.id,
    ImageId: row.imageId,
    State: writeState(row.state),
    StateReason: row.reason && { Code: row.reason.code, Message: row.reason.message },
    StateTransitionReason:
      row.reason?.code.startsWith('Client.User') === true
        ? `User initiated (${row.stateSince.slice(0, 19).replace('T', ' ')} GMT)`
        : '',
    PrivateDnsName: isTerminated ? '' : dnsName(row),
    PublicDnsName: '',
    KeyName: row.keyName,
    AmiLaunchIndex: row.launchIndex,
    ProductCodes: [],
    InstanceType: row.type,
    LaunchTime: new Date(row.launchedAt),
    Placement: { AvailabilityZone: row.zone, GroupName: '', Tenancy: row.tenancy },
    Monitoring: { State: 'disabled' },
    Architecture: row.architecture,
    ClientToken: row.clientToken ?? '',
    EbsOptimized: row.ebsOptimized,
    EnaSupport: true,
    Hypervisor: 'xen',
    IamInstanceProfile:
      row.profileArn === undefined
        ? undefined
        : { Arn: row.profileArn, Id: derivedId('AIPA', row.profileArn) },
    RootDeviceName: row.rootDevice,
    RootDeviceType: 'ebs',
    VirtualizationType: 'hvm',
    MetadataOptions: { State: isTerminated ? 'pending' : 'applied', ...row.metadata },
    EnclaveOptions: { Enabled: false },
    CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
    HibernationOptions: { Configured: false },
    MaintenanceOptions: { AutoRecovery: 'default' },
    BootMode: row.bootMode,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    Tags: Object.keys(tags).length === 0 ? undefined : toTagList(tags),
    ...connections,
  };
}

function place(row: InstanceRow, call: Call): object {
  const groups = groupsOf(row, call);
  const eni = derivedId('eni', row.id);
  const address = { PrivateIpAddress: row.privateIp, PrivateDnsName: dnsName(row) };
  return {
    SubnetId: row.subnetId,
    VpcId: row.vpcId,
    PrivateIpAddress: row.privateIp,
    SecurityGroups: groups,
    SourceDestCheck: row.sourceDestCheck,
    NetworkInterfaces: [
      {
        NetworkInterfaceId: eni,
        Attachment: {
          AttachmentId: derivedId('eni-attach', row.id),
          AttachTime: new Date(row.launchedAt),
          DeleteOnTermination: true,
          DeviceIndex: 0,
          Status: 'attached',
          NetworkCardIndex: 0,
        },
        Description: '',
        Groups: groups,
        Ipv6Addresses: [],
        MacAddress: macOf(eni),
        OwnerId: ACCOUNT,
        ...address,
        PrivateIpAddresses: [{ Primary: true, ...address }],
        SourceDestCheck: row.sourceDestCheck,
        Status: 'in-use',
        SubnetId: row.subnetId,
        VpcId: row.vpcId,
        InterfaceType: 'interface',
      },
    ],
  };
}

function macOf(eni: string): string {
  return ['02', ...(eni.slice(-10).match(/../g) ?? [])].join(':');
}

export function writeVolume({ id, attachment }: VolumeRow): object {
  return {
    DeviceName: attachment?.device,
    Ebs: {
      VolumeId: id,
      Status: 'attached',
      AttachTime: attachment && new Date(attachment.at),
      DeleteOnTermination: attachment?.deleteOnTermination,
    },
  };
}
