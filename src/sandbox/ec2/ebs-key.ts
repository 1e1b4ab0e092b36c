/** The KMS keys of volumes and snapshots. EC2 returns them as key ARNs, however a request named them (EC2 API reference, Snapshot). */
import type { Call } from '../call.ts';
import { partitionOf } from '../../os/releases.ts';
import { ACCOUNT } from '../ids.ts';
import { findKey, managedKey } from '../kms/keys.ts';
import { AwsError } from '../wire/aws-error.ts';

/** The ARN of the account's `aws/ebs` key in a Region, which EBS uses by default. */
export function defaultKey(region: string): string {
  return managedKey({ ...homeOf(region), now: new Date(0) }, 'alias/aws/ebs').arn;
}

/**
 * The ARN of a key that a request named by id, ARN, `alias/NAME` or alias ARN; absent: the default key. A key that the
 * account does not have keeps its name in an ARN.
 */
export function keyArn(call: Pick<Call, 'state' | 'region' | 'now'>, named: string | undefined): string {
  if (named === undefined) return defaultKey(call.region);
  const { partition } = homeOf(call.region);
  try {
    return findKey({ ...call, ...homeOf(call.region) }, named).arn;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const name = named.startsWith('alias/') ? named : `key/${named}`;
    return named.startsWith('arn:') ? named : `arn:${partition}:kms:${call.region}:${ACCOUNT}:${name}`;
  }
}

function homeOf(region: string): { region: string; account: string; partition: string } {
  return { region, account: ACCOUNT, partition: partitionOf(region) };
}
