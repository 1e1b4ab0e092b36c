/** Handles CreateSecurityGroup, DescribeSecurityGroups, AuthorizeSecurityGroupIngress and DeleteSecurityGroup. */
import type { Call, Handlers } from '../call.ts';
import { ACCOUNT, newId } from '../ids.ts';
import { getRow, rowKey, listRows, putRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { withoutEmptyText } from './empty-text.ts';
import type { Fields, Filter } from './filters.ts';
import { readRules, sameRule, writePermissions, writeRule, type RulesInput } from './group-rules.ts';
import { describeResources } from './network/describe.ts';
import { defaultVpc, findVpc, builtInGroups } from './network/find.ts';
import type { GroupRule } from './network/rows.ts';
import type { SecurityGroupRow } from './rows.ts';
import { addTags, dropTags, specifiedTags, tagsOf, toTagList, type TagSpecification } from './tags.ts';

export const securityGroupOperations: Handlers = {
  AuthorizeSecurityGroupIngress: authorizeSecurityGroupIngress,
  CreateSecurityGroup: createSecurityGroup,
  DeleteSecurityGroup: deleteSecurityGroup,
  DescribeSecurityGroups: describeSecurityGroups,
};

type RegionState = Pick<Call, 'state' | 'region'>;

/** All groups of the Region, built-in and created. */
export function securityGroups({ state, region }: RegionState): SecurityGroupRow[] {
  const rows = listRows(state, 'securityGroup', region);
  const builtIn = builtInGroups(region).filter(({ id }) => !rows.some((row) => row.id === id));
  return [...builtIn.map((group) => ({ region, ...group })), ...rows.filter((row) => row.deleted !== true)];
}

/** @throws AwsError InvalidGroupId.Malformed, InvalidGroup.NotFound (EC2 API reference, "Error codes") */
export function findGroup(place: RegionState, id: string): SecurityGroupRow {
  if (!/^sg-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new AwsError('InvalidGroupId.Malformed', `Invalid id: "${id}" (expecting "sg-...")`);
  }
  const row =
    getRow(place.state, 'securityGroup', rowKey(place.region, id)) ??
    builtInGroups(place.region)
      .map((group) => ({ region: place.region, ...group }))
      .find((group) => group.id === id);
  if (!row || ('deleted' in row && row.deleted === true)) throw groupNotFound(id);
  return row;
}

function groupNotFound(id: string): AwsError {
  return new AwsError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
}

/** A group by its name in a VPC. @throws AwsError InvalidGroup.NotFound */
export function findGroupByName(place: RegionState, vpcId: string, name: string): SecurityGroupRow {
  const row = securityGroups(place).find((one) => one.vpcId === vpcId && one.name === name);
  if (!row) throw groupNotFound(name);
  return row;
}

interface CreateInput {
  GroupName: string;
  Description: string;
  VpcId?: string;
  TagSpecifications?: TagSpecification[];
}

/** EC2 API reference, CreateSecurityGroup. */
const NAME = /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/;

function createSecurityGroup(input: CreateInput, call: Call): object {
  const { VpcId: id } = withoutEmptyText(input);
  const vpc = id === undefined ? defaultVpc(call.region) : findVpc(call.region, id);
  for (const [what, text] of [
    ['groupName', input.GroupName],
    ['groupDescription', input.Description],
  ] as const) {
    if (!NAME.test(text)) {
      throw new AwsError('InvalidParameterValue', `Value (${text}) for parameter ${what} is invalid.`);
    }
  }
  if (input.GroupName.startsWith('sg-')) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${input.GroupName}) for parameter groupName is invalid. It must not begin with sg-.`,
    );
  }
  if (securityGroups(call).some((row) => row.vpcId === vpc.id && row.name === input.GroupName)) {
    throw new AwsError(
      'InvalidGroup.Duplicate',
      `The security group '${input.GroupName}' already exists for VPC '${vpc.id}'`,
    );
  }
  const row: SecurityGroupRow = {
    region: call.region,
    id: newId('sg'),
    name: input.GroupName,
    description: input.Description,
    vpcId: vpc.id,
    ingress: [],
    egress: [{ protocol: '-1', cidr: '0.0.0.0/0' }],
  };
  save(call, row);
  addTags(call, row.id, specifiedTags(input.TagSpecifications, 'security-group'));
  return { GroupId: row.id, SecurityGroupArn: arnOf(row, call), Tags: toTagList(tagsOf(call, row.id)) };
}

const fields: Fields<SecurityGroupRow> = {
  description: (row) => [row.description],
  'group-id': (row) => [row.id],
  'group-name': (row) => [row.name],
  'owner-id': () => [ACCOUNT],
  'vpc-id': (row) => [row.vpcId],
  ...ruleFields('ip-permission', (row) => row.ingress),
  ...ruleFields('egress.ip-permission', (row) => row.egress),
};

function ruleFields(
  prefix: string,
  rules: (row: SecurityGroupRow) => readonly GroupRule[],
): Fields<SecurityGroupRow> {
  const each = (value: (rule: GroupRule) => string | number | undefined) => (row: SecurityGroupRow) =>
    rules(row).flatMap((rule) => value(rule)?.toString() ?? []);
  return {
    [`${prefix}.cidr`]: each((rule) => rule.cidr),
    [`${prefix}.from-port`]: each((rule) => rule.fromPort),
    [`${prefix}.group-id`]: each((rule) => rule.groupId),
    [`${prefix}.protocol`]: each((rule) => rule.protocol),
    [`${prefix}.to-port`]: each((rule) => rule.toPort),
  };
}

interface DescribeInput {
  GroupIds?: string[];
  GroupNames?: string[];
  Filters?: Filter[];
  MaxResults?: number;
  NextToken?: string;
}

function describeSecurityGroups(input: DescribeInput, call: Call): object {
  // Group names refer to the default VPC (EC2 API reference, DescribeSecurityGroups).
  const named = (input.GroupNames ?? []).map(
    (name) => findGroupByName(call, defaultVpc(call.region).id, name).id,
  );
  const { list, token } = describeResources(
    {
      ids: [...(input.GroupIds ?? []).map((id) => findGroup(call, id).id), ...named],
      filters: input.Filters,
      size: input.MaxResults,
      token: input.NextToken,
    },
    {
      rows: securityGroups(call),
      fields,
      missing: groupNotFound,
      write: (row) => ({
        GroupId: row.id,
        GroupName: row.name,
        Description: row.description,
        OwnerId: ACCOUNT,
        VpcId: row.vpcId,
        SecurityGroupArn: arnOf(row, call),
        IpPermissions: writePermissions(row.ingress),
        IpPermissionsEgress: writePermissions(row.egress),
      }),
    },
    call,
  );
  return { SecurityGroups: list, NextToken: token };
}

function arnOf({ id }: SecurityGroupRow, call: Call): string {
  return `arn:${call.partition}:ec2:${call.region}:${ACCOUNT}:security-group/${id}`;
}

interface RuleChange extends RulesInput {
  GroupId?: string;
  GroupName?: string;
}

function authorizeSecurityGroupIngress(input: RuleChange, call: Call): object {
  const group = groupOf(input, call);
  const rules = readRules(input, (name) => findGroupByName(call, group.vpcId, name).id);
  for (const { groupId } of rules) if (groupId !== undefined) findGroup(call, groupId);
  const there = rules.find((rule) => group.ingress.some((other) => sameRule(rule, other)));
  if (there) {
    const peer = there.cidr ?? there.groupId ?? there.prefixListId;
    throw new AwsError(
      'InvalidPermission.Duplicate',
      `the specified rule "peer: ${peer}, ${there.protocol.toUpperCase()}, from port: ${there.fromPort}, to port: ${there.toPort}, ALLOW" already exists`,
    );
  }
  save(call, { ...group, ingress: [...group.ingress, ...rules] });
  return { Return: true, SecurityGroupRules: rules.map((rule) => writeRule(group.id, rule)) };
}

function groupOf(
  { GroupId, GroupName }: { GroupId?: string; GroupName?: string },
  call: Call,
): SecurityGroupRow {
  if (GroupId !== undefined) return findGroup(call, GroupId);
  if (GroupName !== undefined) return findGroupByName(call, defaultVpc(call.region).id, GroupName);
  throw new AwsError('MissingParameter', 'The request must contain the parameter groupName or groupId');
}

function deleteSecurityGroup(input: { GroupId?: string; GroupName?: string }, call: Call): object {
  const group = groupOf(input, call);
  if (group.name === 'default') {
    throw new AwsError(
      'CannotDelete',
      `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
    );
  }
  const used =
    listRows(call.state, 'instance', call.region).some(
      (row) => row.state !== 'terminated' && row.groupIds.includes(group.id),
    ) ||
    securityGroups(call).some(
      (other) =>
        other.id !== group.id &&
        [...other.ingress, ...other.egress].some((rule) => rule.groupId === group.id),
    );
  if (used) throw new AwsError('DependencyViolation', `resource ${group.id} has a dependent object`);
  if (builtInGroups(call.region).some(({ id }) => id === group.id)) save(call, { ...group, deleted: true });
  else call.state.remove('securityGroup', rowKey(call.region, group.id));
  dropTags(call, group.id);
  return { Return: true, GroupId: group.id };
}

function save(call: Call, row: SecurityGroupRow): void {
  putRow(call.state, 'securityGroup', rowKey(call.region, row.id), row);
}
