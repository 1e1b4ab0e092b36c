/** The shape of a leftover: an EC2 resource that a run created and did not delete. */

/** In the order of removal: a resource comes before those that it uses. */
export const leftoverKinds = [
  'instance',
  'volume',
  'image',
  'snapshot',
  'key pair',
  'security group',
] as const;
export type LeftoverKind = (typeof leftoverKinds)[number];

export interface Leftover {
  kind: LeftoverKind;
  region: string;
  id: string;
  name: string;
  /** The run that created it; '' if only its name shows that bake created it. */
  run: string;
  /** ISO 8601; '' if EC2 does not report it. */
  createdAt: string;
}

/** A resource that was found in a Region; it may be a leftover. */
export interface FoundResource {
  kind: LeftoverKind;
  id: string;
  name: string;
  createdAt: string;
  tags: Readonly<Record<string, string>>;
  /** Another resource uses it: for example, it is the snapshot of an image. */
  held: boolean;
}

/** Tags of the resources that a build creates (templates/packer/_tags.hcl.hbs). */
export const RUN_TAG = 'bakery:run';
export const TARGET_TAG = 'bakery:target';
