/** Decides whom images are shared with, and rejects what AWS would reject only after the bake. Pure. */
import type { Grantee } from '../aws/image-attributes.ts';
import { BakeError } from '../errors/bake-error.ts';

/** bakery.yaml `publish.share`. */
export interface ShareSettings {
  accounts: readonly string[];
  /** ARNs. */
  organizations: readonly string[];
  organizationalUnits: readonly string[];
  /** The role, with `{account}`, that writes parameters and tags in each account; null: only our account has them. */
  role: string | null;
}

export function granteesOf({ accounts, organizations, organizationalUnits }: ShareSettings): Grantee[] {
  return [
    ...accounts.map((id): Grantee => ({ kind: 'account', id })),
    ...organizations.map((id): Grantee => ({ kind: 'organization', id })),
    ...organizationalUnits.map((id): Grantee => ({ kind: 'organizationalUnit', id })),
  ];
}

export function roleIn({ role }: ShareSettings, account: string): string {
  return (role ?? '').replaceAll('{account}', account);
}

/** The AWS managed key for EBS volumes of an account, which no other account can use. */
const MANAGED = 'aws/ebs';

/**
 * Both engines encrypt images. With the default key of the account no other account could launch them, which AWS reports
 * only when the image is shared, an hour later (EC2 user guide, "Share an AMI", "Considerations").
 * @returns the Regions that need a key in builder.kms
 */
function regionsWithoutKey(
  share: ShareSettings,
  regions: readonly string[],
  kms: Readonly<Record<string, string>>,
): string[] {
  if (granteesOf(share).length === 0) return [];
  return regions.filter((region) => (kms[region] ?? MANAGED).endsWith(MANAGED));
}

/** The finding for those Regions; undefined if there are none. */
export function keyFinding(
  target: string,
  share: ShareSettings,
  regions: readonly string[],
  kms: Readonly<Record<string, string>>,
): BakeError | undefined {
  const missing = regionsWithoutKey(share, regions, kms);
  if (missing.length === 0) return undefined;
  return new BakeError('SHARE_KEY', { target, regions: missing }, { at: ['publish', 'share'] });
}
