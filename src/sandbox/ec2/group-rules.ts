/** A security group's rules: reads them from requests, one per peer, and writes them in groups as AWS does. */
import { isIPv4, isIPv6 } from 'node:net';
import { ACCOUNT, derivedId } from '../ids.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { GroupRule } from './network/rows.ts';

export interface IpPermission {
  IpProtocol?: string;
  FromPort?: number;
  ToPort?: number;
  UserIdGroupPairs?: { GroupId?: string; GroupName?: string; UserId?: string; Description?: string }[];
  IpRanges?: { CidrIp?: string; Description?: string }[];
  Ipv6Ranges?: { CidrIpv6?: string; Description?: string }[];
  PrefixListIds?: { PrefixListId?: string; Description?: string }[];
}

/** The members of AuthorizeSecurityGroupIngress that contain rules. */
export interface RulesInput {
  CidrIp?: string;
  FromPort?: number;
  ToPort?: number;
  IpProtocol?: string;
  IpPermissions?: IpPermission[];
  SourceSecurityGroupName?: string;
}

/** Protocol numbers that AWS returns as names (EC2 API reference, IpPermission). */
const PROTOCOLS: Readonly<Record<string, string>> = {
  6: 'tcp',
  17: 'udp',
  1: 'icmp',
  58: 'icmpv6',
  all: '-1',
};

/**
 * The rules of a request, one per peer.
 * @param groupId returns the id of a group of the same VPC by its name
 * @throws AwsError for rules that EC2 refuses (EC2 API reference, AuthorizeSecurityGroupIngress)
 */
export function readRules(input: RulesInput, groupId: (name: string) => string): GroupRule[] {
  const { CidrIp: cidr, SourceSecurityGroupName: name } = input;
  const flat: IpPermission[] =
    cidr === undefined && name === undefined
      ? []
      : [
          {
            ...input,
            ...(cidr === undefined ? {} : { IpRanges: [{ CidrIp: cidr }] }),
            ...(name === undefined ? {} : { UserIdGroupPairs: [{ GroupName: name }] }),
          },
        ];
  const permissions = [...(input.IpPermissions ?? []), ...flat];
  const rules = permissions.flatMap((permission) => rulesOf(permission, groupId));
  if (rules.length === 0) {
    throw new AwsError('MissingParameter', 'Either cidrIp or a source security group must be specified.');
  }
  return rules;
}

function rulesOf(permission: IpPermission, groupId: (name: string) => string): GroupRule[] {
  const ports = readPorts(permission);
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp, Description }) => ({
      ...ports,
      cidr: checkCidr(CidrIp ?? '', 4),
      ...descriptionOf(Description),
    })),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => ({
      ...ports,
      cidr: checkCidr(CidrIpv6 ?? '', 6),
      ...descriptionOf(Description),
    })),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId, GroupName, Description }) => ({
      ...ports,
      groupId: GroupId ?? groupId(GroupName ?? ''),
      ...descriptionOf(Description),
    })),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId, Description }) => ({
      ...ports,
      prefixListId: PrefixListId,
      ...descriptionOf(Description),
    })),
  ];
}

function descriptionOf(description: string | undefined): Pick<GroupRule, 'description'> {
  return description === undefined ? {} : { description };
}

function readPorts({ IpProtocol = '', FromPort, ToPort }: IpPermission): GroupRule {
  const protocol = PROTOCOLS[IpProtocol] ?? IpProtocol.toLowerCase();
  if (!/^(tcp|udp|icmp|icmpv6|-1|\d{1,3})$/.test(protocol)) {
    throw new AwsError('InvalidPermission.Malformed', `Unsupported IP protocol "${IpProtocol}"`);
  }
  if (protocol === '-1') return { protocol };
  if (protocol !== 'tcp' && protocol !== 'udp') return { protocol, fromPort: FromPort, toPort: ToPort };
  const fits = (port: number | undefined): boolean => port !== undefined && port >= 0 && port <= 65_535;
  if (!fits(FromPort) || !fits(ToPort)) {
    throw new AwsError(
      'InvalidParameterValue',
      `Invalid value for portRange. Must specify both from and to ports with TCP/UDP.`,
    );
  }
  if ((FromPort as number) > (ToPort as number)) {
    throw new AwsError('InvalidParameterValue', `Invalid TCP/UDP port range (${FromPort}:${ToPort})`);
  }
  return { protocol, fromPort: FromPort, toPort: ToPort };
}

function checkCidr(cidr: string, version: 4 | 6): string {
  const [address, bits = ''] = cidr.split('/') as [string, string?];
  const good = version === 4 ? isIPv4(address) : isIPv6(address);
  if (!good || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128)) {
    throw new AwsError('InvalidParameterValue', `CIDR block ${cidr} is malformed`);
  }
  return cidr;
}

/** Whether two rules are equal except for their descriptions. */
export function sameRule(a: GroupRule, b: GroupRule): boolean {
  return keyOfRule(a) === keyOfRule(b);
}

function keyOfRule({ protocol, fromPort, toPort, cidr, groupId, prefixListId }: GroupRule): string {
  return JSON.stringify([protocol, fromPort, toPort, cidr, groupId, prefixListId]);
}

export function writePermissions(rules: readonly GroupRule[]): IpPermission[] {
  const grouped = new Map<string, GroupRule[]>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.protocol, rule.fromPort, rule.toPort]);
    grouped.set(key, [...(grouped.get(key) ?? []), rule]);
  }
  return [...grouped.values()].map((same) => {
    const [first] = same as [GroupRule];
    const ports: IpPermission = { IpProtocol: first.protocol };
    if (first.fromPort !== undefined) ports.FromPort = first.fromPort;
    if (first.toPort !== undefined) ports.ToPort = first.toPort;
    const list = <T>(make: (rule: GroupRule) => T | undefined): T[] =>
      same.flatMap((rule) => make(rule) ?? []);
    return {
      ...ports,
      IpRanges: list(({ cidr, ...rule }) =>
        cidr === undefined || cidr.includes(':') ? undefined : { CidrIp: cidr, ...descriptionMember(rule) },
      ),
      Ipv6Ranges: list(({ cidr, ...rule }) =>
        cidr?.includes(':') === true ? { CidrIpv6: cidr, ...descriptionMember(rule) } : undefined,
      ),
      UserIdGroupPairs: list(({ groupId, ...rule }) =>
        groupId === undefined ? undefined : { GroupId: groupId, UserId: ACCOUNT, ...descriptionMember(rule) },
      ),
      PrefixListIds: list(({ prefixListId, ...rule }) =>
        prefixListId === undefined ? undefined : { PrefixListId: prefixListId, ...descriptionMember(rule) },
      ),
    };
  });
}

function descriptionMember({ description }: GroupRule): { Description?: string } {
  return description === undefined ? {} : { Description: description };
}

/** A rule in the answer to AuthorizeSecurityGroupIngress. */
export function writeRule(groupId: string, rule: GroupRule): object {
  return {
    SecurityGroupRuleId: derivedId('sgr', `${groupId} ingress ${keyOfRule(rule)}`),
    GroupId: groupId,
    GroupOwnerId: ACCOUNT,
    IsEgress: false,
    IpProtocol: rule.protocol,
    FromPort: rule.fromPort ?? -1,
    ToPort: rule.toPort ?? -1,
    CidrIpv4: rule.cidr?.includes(':') === true ? undefined : rule.cidr,
    CidrIpv6: rule.cidr?.includes(':') === true ? rule.cidr : undefined,
    PrefixListId: rule.prefixListId,
    ReferencedGroupInfo: rule.groupId === undefined ? undefined : { GroupId: rule.groupId, UserId: ACCOUNT },
    Description: rule.description,
  };
}
