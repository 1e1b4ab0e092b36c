/** Reads and changes an image's attributes: permissions, description, deprecation, protection, disabling. */
import type { Call, Handlers } from '../call.ts';
import { getRow, rowKey, putRow, type ImageRow, type PermissionRow } from '../tables.ts';
import { AwsError } from '../wire/aws-error.ts';
import { findImage, findOwnImage } from './catalogue.ts';
import { defaultKey } from './ebs-key.ts';
import { writeDevice } from './describe-images.ts';

export const imageAttributeOperations: Handlers = {
  DescribeImageAttribute: describeImageAttribute,
  DisableImage: disableImage,
  DisableImageDeprecation: disableImageDeprecation,
  DisableImageDeregistrationProtection: disableImageDeregistrationProtection,
  EnableImage: enableImage,
  EnableImageDeprecation: enableImageDeprecation,
  EnableImageDeregistrationProtection: enableImageDeregistrationProtection,
  ModifyImageAttribute: modifyImageAttribute,
};

interface ModifyInput {
  ImageId: string;
  Attribute?: string;
  Value?: string;
  Description?: { Value?: string };
  ImdsSupport?: { Value?: string };
  LaunchPermission?: { Add?: PermissionRow[]; Remove?: PermissionRow[] };
  OperationType?: string;
  UserIds?: string[];
  UserGroups?: string[];
  OrganizationArns?: string[];
  OrganizationalUnitArns?: string[];
}

/** EC2 API reference, EnableImageDeprecation: at most ten years from now. */
const MAX_DEPRECATION_YEARS = 10;

function modifyImageAttribute(input: ModifyInput, call: Call): object {
  const image = findOwnImage(call, input.ImageId);
  const changed = { ...image };
  const description =
    input.Description?.Value ?? (input.Attribute === 'description' ? input.Value : undefined);
  if (description !== undefined) changed.description = description;
  const imds = input.ImdsSupport?.Value ?? (input.Attribute === 'imdsSupport' ? input.Value : undefined);
  if (imds !== undefined) changed.imdsSupport = checkImds(imds);
  const { add, remove } = permissionChanges(input);
  if (add.length + remove.length > 0) {
    for (const permission of [...add, ...remove]) checkPermission(permission);
    if (add.length > 0) checkKeys(call, image);
    const left = image.permissions.filter((one) => !remove.some((other) => same(one, other)));
    const fresh = add.filter((one) => !left.some((other) => same(one, other)));
    changed.permissions = [...left, ...fresh];
    changed.public = changed.permissions.some((permission) => permission.Group === 'all');
  } else if (description === undefined && imds === undefined) {
    throw new AwsError('InvalidParameterCombination', 'No attributes specified.');
  }
  save(call, changed);
  return {};
}

/** EC2 user guide, "Share an AMI with specific AWS accounts", "Considerations". */
function checkKeys(call: Call, { devices }: ImageRow): void {
  for (const { snapshotId } of devices) {
    const snapshot = snapshotId && getRow(call.state, 'snapshot', rowKey(call.region, snapshotId));
    if (!snapshot || !snapshot.encrypted) continue;
    if (snapshot.kmsKeyId !== undefined && snapshot.kmsKeyId !== defaultKey(call.region)) continue;
    throw new AwsError(
      'InvalidParameter',
      `Snapshot ${snapshot.id} is encrypted with the AWS managed CMK. Snapshots encrypted with the AWS Managed CMK can't be shared.`,
    );
  }
}

/** An image can be set to require IMDSv2, and never back (EC2 API reference, ModifyImageAttribute). */
function checkImds(value: string): string {
  if (value === 'v2.0') return value;
  throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter ImdsSupport is invalid.`);
}

/** Reads both forms: LaunchPermission.Add/Remove, and OperationType with UserId, UserGroup and so on. */
function permissionChanges(input: ModifyInput): { add: PermissionRow[]; remove: PermissionRow[] } {
  const listed: PermissionRow[] = [
    ...(input.UserIds ?? []).map((UserId) => ({ UserId })),
    ...(input.UserGroups ?? []).map((Group) => ({ Group })),
    ...(input.OrganizationArns ?? []).map((OrganizationArn) => ({ OrganizationArn })),
    ...(input.OrganizationalUnitArns ?? []).map((OrganizationalUnitArn) => ({ OrganizationalUnitArn })),
  ];
  const adds = input.OperationType !== 'remove';
  return {
    // Packer sends each permission in both forms (hashicorp/packer-plugin-amazon:builder/common/step_modify_ami_attributes.go).
    add: once([...(input.LaunchPermission?.Add ?? []), ...(adds ? listed : [])]),
    remove: [...(input.LaunchPermission?.Remove ?? []), ...(adds ? [] : listed)],
  };
}

function once(permissions: readonly PermissionRow[]): PermissionRow[] {
  return permissions.filter((one, at) => permissions.findIndex((other) => same(one, other)) === at);
}

export function checkPermission({
  UserId,
  Group,
  OrganizationArn,
  OrganizationalUnitArn,
}: PermissionRow): void {
  if (UserId !== undefined && !/^\d{12}$/.test(UserId)) {
    throw new AwsError(
      'InvalidAMIAttributeItemValue',
      `Invalid attribute item value "${UserId}" for userId item type.`,
    );
  }
  if (Group !== undefined && Group !== 'all') {
    throw new AwsError(
      'InvalidAMIAttributeItemValue',
      `Invalid attribute item value "${Group}" for group item type.`,
    );
  }
  for (const arn of [OrganizationArn, OrganizationalUnitArn]) {
    if (
      arn !== undefined &&
      !/^arn:aws[a-z-]*:organizations::\d{12}:(organization|ou)\/o-[a-z0-9]{10,32}/.test(arn)
    ) {
      throw new AwsError('InvalidParameterValue', `Invalid value '${arn}' for organization ARN.`);
    }
  }
}

function same(a: PermissionRow, b: PermissionRow): boolean {
  return (['UserId', 'Group', 'OrganizationArn', 'OrganizationalUnitArn'] as const).every(
    (key) => a[key] === b[key],
  );
}

function describeImageAttribute(input: { ImageId: string; Attribute: string }, call: Call): object {
  const read = attributes[input.Attribute];
  if (!read) throw new AwsError('InvalidRequest', 'The request received was invalid');
  // Only the owner may read permissions; other accounts may read the other attributes.
  const image =
    input.Attribute === 'launchPermission'
      ? findOwnImage(call, input.ImageId)
      : findImage(call, input.ImageId);
  return { ImageId: image.id, ...read(image) };
}

const attributes: Readonly<Record<string, (image: ImageRow) => object>> = {
  launchPermission: (image) => ({ LaunchPermissions: image.permissions }),
  description: (image) => ({ Description: { Value: image.description } }),
  blockDeviceMapping: (image) => ({ BlockDeviceMappings: image.devices.map(writeDevice) }),
  bootMode: (image) => ({ BootMode: { Value: image.bootMode } }),
  imdsSupport: (image) => ({ ImdsSupport: { Value: image.imdsSupport } }),
  sriovNetSupport: () => ({ SriovNetSupport: { Value: 'simple' } }),
  lastLaunchedTime: () => ({ LastLaunchedTime: {} }),
  deregistrationProtection: (image) => ({
    DeregistrationProtection: { Value: image.protection ?? 'disabled' },
  }),
  productCodes: () => ({ ProductCodes: [] }),
};

function enableImageDeprecation(input: { ImageId: string; DeprecateAt: Date }, call: Call): object {
  const image = findOwnImage(call, input.ImageId);
  const latest = new Date(call.now);
  latest.setUTCFullYear(latest.getUTCFullYear() + MAX_DEPRECATION_YEARS);
  if (input.DeprecateAt <= call.now || input.DeprecateAt > latest) {
    throw new AwsError(
      'InvalidParameterValue',
      `The value specified for DeprecateAt is not valid: it must lie within ${MAX_DEPRECATION_YEARS} years from now.`,
    );
  }
  // EC2 rounds seconds to the nearest minute (EC2 API reference, EnableImageDeprecation).
  const rounded = new Date(Math.round(input.DeprecateAt.getTime() / 60_000) * 60_000);
  save(call, { ...image, deprecatedAt: rounded.toISOString() });
  return { Return: true };
}

function disableImageDeprecation(input: { ImageId: string }, call: Call): object {
  save(call, { ...findOwnImage(call, input.ImageId), deprecatedAt: undefined });
  return { Return: true };
}

function enableImageDeregistrationProtection(
  input: { ImageId: string; WithCooldown?: boolean },
  call: Call,
): object {
  const protection = input.WithCooldown === true ? 'enabled-with-cooldown' : 'enabled-without-cooldown';
  save(call, { ...findOwnImage(call, input.ImageId), protection });
  return { Return: 'true' };
}

function disableImageDeregistrationProtection(input: { ImageId: string }, call: Call): object {
  save(call, { ...findOwnImage(call, input.ImageId), protection: undefined });
  return { Return: 'true' };
}

/** Disabling removes all launch permissions permanently (EC2 user guide, "Disable an AMI"). */
function disableImage(input: { ImageId: string }, call: Call): object {
  save(call, { ...findOwnImage(call, input.ImageId), disabled: true, permissions: [], public: false });
  return { Return: true };
}

function enableImage(input: { ImageId: string }, call: Call): object {
  save(call, { ...findOwnImage(call, input.ImageId), disabled: undefined });
  return { Return: true };
}

function save(call: Call, image: ImageRow): void {
  putRow(call.state, 'image', rowKey(call.region, image.id), image);
}
