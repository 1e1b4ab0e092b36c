/** STS: the caller's identity, and the roles that the caller may assume. */
import { randomBytes } from 'node:crypto';
import type { Call, Handlers } from '../call.ts';
import { accessKeyOf, MEMBERS } from '../members.ts';
import { AwsError } from '../wire/aws-error.ts';

interface AssumeRoleInput {
  RoleArn: string;
  RoleSessionName: string;
  DurationSeconds?: number;
}

export const handlers: Handlers = { GetCallerIdentity: getCallerIdentity, AssumeRole: assumeRole };

function getCallerIdentity(_input: object, call: Call): object {
  return { Account: call.account, UserId: 'AIDASANDBOXSANDBOX000', Arn: callerArn(call) };
}

/** Every role of this account and of its organization's members can be assumed; roles of other accounts cannot. */
function assumeRole(input: AssumeRoleInput, call: Call): object {
  const role = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(input.RoleArn);
  if (!role) {
    throw new AwsError('ValidationError', `${input.RoleArn} is invalid`);
  }
  const [, account, name] = role as unknown as [string, string, string];
  if (account !== call.account && !MEMBERS.has(account)) {
    throw new AwsError(
      'AccessDenied',
      `User: ${callerArn(call)} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
      403,
    );
  }
  return {
    Credentials: {
      AccessKeyId: accessKeyOf(account, randomBytes(4).toString('hex').toUpperCase()),
      SecretAccessKey: randomBytes(30).toString('base64'),
      SessionToken: randomBytes(60).toString('base64'),
      Expiration: new Date(call.now.getTime() + (input.DurationSeconds ?? 3600) * 1000),
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROASANDBOXSANDBOX000:${input.RoleSessionName}`,
      Arn: `arn:${call.partition}:sts::${account}:assumed-role/${name}/${input.RoleSessionName}`,
    },
    PackedPolicySize: 0,
  };
}

export function callerArn(call: Pick<Call, 'partition' | 'account'>): string {
  return `arn:${call.partition}:iam::${call.account}:user/sandbox`;
}
