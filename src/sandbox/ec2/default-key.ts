/** The key that EBS uses by default, the account's `aws/ebs`. */
import { partitionOf } from '../../os/releases.ts';
import { sha256 } from '../../util/sha256.ts';
import { ACCOUNT } from '../ids.ts';

/** ARN of the account's `aws/ebs` key in a Region. */
export function defaultKey(region: string): string {
  const id = sha256(`sandbox aws/ebs ${region}`).replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12}).*/,
    '$1-$2-$3-$4-$5',
  );
  return `arn:${partitionOf(region)}:kms:${region}:${ACCOUNT}:key/${id}`;
}
