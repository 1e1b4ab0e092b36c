/** Makes the EC2 calls about the use of our own AMIs: launch permissions, deprecation and deregistration protection. */
import {
  DescribeImageAttributeCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DisableImageDeprecationCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  type LaunchPermission,
} from '@aws-sdk/client-ec2';
import type { Session } from './session.ts';

/** An account or organization that an image is shared with. */
export interface Grantee {
  kind: 'account' | 'organization' | 'organizationalUnit';
  /** The account number or the ARN. */
  id: string;
}

const members = {
  account: 'UserId',
  organization: 'OrganizationArn',
  organizationalUnit: 'OrganizationalUnitArn',
} as const satisfies Record<Grantee['kind'], keyof LaunchPermission>;

/** The account numbers and ARNs that may launch the image, without its owner. */
export async function readLaunchPermissions(aws: Session, region: string, image: string): Promise<string[]> {
  const answer = await aws
    .ec2(region)
    .send(new DescribeImageAttributeCommand({ ImageId: image, Attribute: 'launchPermission' }));
  return (answer.LaunchPermissions ?? []).flatMap(
    (one) => one.UserId ?? one.OrganizationArn ?? one.OrganizationalUnitArn ?? [],
  );
}

/** Adds launch permissions; existing ones are no error. */
export async function addLaunchPermissions(
  aws: Session,
  region: string,
  image: string,
  grantees: readonly Grantee[],
): Promise<void> {
  const Add = grantees.map(({ kind, id }): LaunchPermission => ({ [members[kind]]: id }));
  await aws.ec2(region).send(new ModifyImageAttributeCommand({ ImageId: image, LaunchPermission: { Add } }));
}

/** The accounts that may create volumes from a snapshot. Without that permission an account can launch an image but not copy it. */
export async function readVolumePermissions(
  aws: Session,
  region: string,
  snapshot: string,
): Promise<string[]> {
  const answer = await aws.ec2(region).send(
    new DescribeSnapshotAttributeCommand({
      SnapshotId: snapshot,
      Attribute: 'createVolumePermission',
    }),
  );
  return (answer.CreateVolumePermissions ?? []).flatMap((one) => one.UserId ?? []);
}

export async function addVolumePermissions(
  aws: Session,
  region: string,
  snapshot: string,
  accounts: readonly string[],
): Promise<void> {
  await aws.ec2(region).send(
    new ModifySnapshotAttributeCommand({
      SnapshotId: snapshot,
      CreateVolumePermission: { Add: accounts.map((UserId) => ({ UserId })) },
    }),
  );
}

/** The tags by snapshot id. */
export async function readSnapshotTags(
  aws: Session,
  region: string,
  ids: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  if (ids.length === 0) return new Map();
  const answer = await aws.ec2(region).send(new DescribeSnapshotsCommand({ SnapshotIds: [...ids] }));
  return new Map(
    (answer.Snapshots ?? []).map((one) => [
      one.SnapshotId ?? '',
      Object.fromEntries((one.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    ]),
  );
}

/** Protects the image against deregistration until the protection is removed. */
export async function protectAmi(aws: Session, region: string, image: string): Promise<void> {
  await aws.ec2(region).send(new EnableImageDeregistrationProtectionCommand({ ImageId: image }));
}

/** Deprecates the image from `at` on: it can still be launched, but others no longer see it in lists. */
export async function deprecateAmi(aws: Session, region: string, image: string, at: Date): Promise<void> {
  await aws.ec2(region).send(new EnableImageDeprecationCommand({ ImageId: image, DeprecateAt: at }));
}

export async function undeprecateAmi(aws: Session, region: string, image: string): Promise<void> {
  await aws.ec2(region).send(new DisableImageDeprecationCommand({ ImageId: image }));
}

/** Makes all instances of the image use only IMDSv2, whatever their launch settings (EC2 attribute imdsSupport, which cannot be reset). */
export async function requireTokens(aws: Session, region: string, image: string): Promise<void> {
  await aws
    .ec2(region)
    .send(new ModifyImageAttributeCommand({ ImageId: image, ImdsSupport: { Value: 'v2.0' } }));
}
