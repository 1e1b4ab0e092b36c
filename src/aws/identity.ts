/** Owns who bake is in AWS: itself, told by the first call of every command, or a role that it takes on. */
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Credentials, Session } from './session.ts';

/** @throws BakeError AWS_CREDENTIALS, AWS_UNREACHABLE */
export async function whoAmI(aws: Session, region: string): Promise<{ account: string; arn: string }> {
  const answer = await aws.sts(region).send(new GetCallerIdentityCommand({}));
  return { account: answer.Account ?? '', arn: answer.Arn ?? '' };
}

/** How long before they expire credentials are renewed, as the SDK does with its own. */
const RENEWED_MS = 5 * 60_000;

/**
 * A session with the credentials of a role, renewed before they expire: a role taken on by a role lasts an hour at
 * most (STS API reference, AssumeRole, "role chaining"), a bake may take longer.
 * @param name of the session, in the other account's CloudTrail
 */
export function asRole(aws: Session, region: string, role: string, name: string): Session {
  let known: Promise<Credentials> | undefined;
  let until = 0;
  // Every client asks for itself: they share one answer.
  return aws.as(role, () => {
    if (known !== undefined && Date.now() < until) return known;
    known = takeOn(aws, region, role, name);
    until = Number.POSITIVE_INFINITY;
    known.then(
      ({ expiration }) => (until = (expiration?.getTime() ?? Date.now()) - RENEWED_MS),
      () => (known = undefined),
    );
    return known;
  });
}

async function takeOn(aws: Session, region: string, role: string, name: string): Promise<Credentials> {
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
