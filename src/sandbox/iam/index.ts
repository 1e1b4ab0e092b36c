/** The part of IAM that bake reads: instance profiles, roles, and the simulation of their policies. */
import type { Call, Handlers } from '../call.ts';
import { sha256 } from '../../util/sha256.ts';
import { AwsError } from '../wire/aws-error.ts';
import { managedPolicies, defaultRoles, type DefaultRole } from './default-roles.ts';

export const handlers: Handlers = {
  GetInstanceProfile: getInstanceProfile,
  ListAttachedRolePolicies: listAttachedRolePolicies,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
};

/** Creation time of the account, and so of its default roles. */
const CREATED = new Date('2026-01-01T00:00:00Z');

function getInstanceProfile(input: { InstanceProfileName: string }, call: Call): object {
  const name = input.InstanceProfileName;
  const role = defaultRoles.find((one) => one.name === name);
  if (!role) throw noSuch(`Instance Profile ${name} cannot be found.`);
  return { InstanceProfile: profileOf(role, call) };
}

function listAttachedRolePolicies(input: { RoleName: string }, call: Call): object {
  const { policies } = findRole(input.RoleName);
  return {
    AttachedPolicies: policies.map((PolicyName) => ({
      PolicyName,
      PolicyArn: `arn:${call.partition}:iam::aws:policy/${PolicyName}`,
    })),
    IsTruncated: false,
  };
}

function simulatePrincipalPolicy(input: { PolicySourceArn: string; ActionNames: string[] }): object {
  const name = input.PolicySourceArn.split('/').at(-1) ?? '';
  const role = defaultRoles.find((one) => one.name === name);
  if (!role || !input.PolicySourceArn.includes(':role/')) {
    throw noSuch(`The entity ${input.PolicySourceArn} cannot be found.`);
  }
  return {
    EvaluationResults: input.ActionNames.map((EvalActionName) => ({
      EvalActionName,
      EvalResourceName: '*',
      EvalDecision: isAllowed(role, EvalActionName) ? 'allowed' : 'implicitDeny',
    })),
    IsTruncated: false,
  };
}

function isAllowed({ policies }: DefaultRole, action: string): boolean {
  const [service] = action.split(':');
  const allowed = new Set(policies.flatMap((policy) => managedPolicies[policy] ?? []));
  return allowed.has(action) || allowed.has(`${service}:*`);
}

function findRole(name: string): DefaultRole {
  const role = defaultRoles.find((one) => one.name === name);
  if (!role) throw noSuch(`The role with name ${name} cannot be found.`);
  return role;
}

function profileOf(role: DefaultRole, call: Call): object {
  return {
    Path: '/',
    InstanceProfileName: role.name,
    InstanceProfileId: uniqueId('AIPA', role),
    Arn: `arn:${call.partition}:iam::${call.account}:instance-profile/${role.name}`,
    CreateDate: CREATED,
    Roles: [roleOf(role, call)],
  };
}

function roleOf(role: DefaultRole, call: Call): object {
  return {
    Path: '/',
    RoleName: role.name,
    RoleId: uniqueId('AROA', role),
    Arn: `arn:${call.partition}:iam::${call.account}:role/${role.name}`,
    CreateDate: CREATED,
    AssumeRolePolicyDocument: encodeURIComponent(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      }),
    ),
  };
}

/** IAM user guide, "Unique identifiers": a prefix for the kind, then capital letters and digits. */
function uniqueId(prefix: string, { name }: DefaultRole): string {
  return `${prefix}${sha256(name).slice(0, 17).toUpperCase()}`;
}

/** IAM API reference, "Errors": the code on the wire is NoSuchEntity, with status 404. */
function noSuch(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, 404);
}
