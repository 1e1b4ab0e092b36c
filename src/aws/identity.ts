/** The identity of bake in AWS: its own, which every command reads first, or a role that it assumes. */
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Credentials, Session } from './session.ts';

/** @throws BakeError AWS_CREDENTIALS, AWS_UNREACHABLE */
export async function readCallerIdentity(
  aws: Session,
  region: string,
): Promise<{ account: string; arn: string }> {
  const answer = await aws.sts(region).send(new GetCallerIdentityCommand({}));
  return { account: answer.Account ?? '', arn: answer.Arn ?? '' };
}

/** How long before their expiry bake renews credentials; the SDK does the same with its own. */
const RENEWED_MS = 5 * 60_000;

/**
 * A session with the credentials of a role, which are renewed before they expire: a role that was assumed by a role lasts
 * an hour at most (STS API reference, AssumeRole, "role chaining"), but a bake may take longer.
 * @param name of the session in CloudTrail of the other account
 */
export function asRole(aws: Session, region: string, role: string, name: string): Session {
  let known: Promise<Credentials> | undefined;
  let until = 0;
  // Every client calls this function; all of them share one result.
  return aws.as(role, () => {
    if (known !== undefined && Date.now() < until) return known;
    known = assumeRole(aws, region, role, name);
    until = Number.POSITIVE_INFINITY;
    known.then(
      ({ expiration }) => (until = (expiration?.getTime() ?? Date.now()) - RENEWED_MS),
      () => (known = undefined),
    );
    return known;
  });
}

async function assumeRole(aws: Session, region: string, role: string, name: string): Promise<Credentials> {
  const answer = await aws
    .sts(region)
    .send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: name, DurationSeconds: 3600 }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken, Expiration } = answer.Credentials ?? {};
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
    ...(Expiration === undefined ? {} : { expiration: Expiration }),
  };
}
