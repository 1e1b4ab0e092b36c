/** Owns who bake is in AWS: the first call of every command, so that missing credentials are said before any work. */
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Session } from './session.ts';

/** @throws BakeError AWS_CREDENTIALS, AWS_UNREACHABLE */
export async function whoAmI(aws: Session, region: string): Promise<{ account: string; arn: string }> {
  const answer = await aws.sts(region).send(new GetCallerIdentityCommand({}));
  return { account: answer.Account ?? '', arn: answer.Arn ?? '' };
}
