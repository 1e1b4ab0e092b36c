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
  /** It will never be usable: a copy that failed, for example. */
  dead: boolean;
}

/** Tags of the resources that a build creates (templates/packer/_tags.hcl.hbs). */
export const RUN_TAG = 'bakery:run';
export const TARGET_TAG = 'bakery:target';

/** What the builds of an engine may leave behind without a tag of bake, and how to recognise it. */
export interface UntaggedLeftovers {
  /** How the names of its key pairs begin; the run id follows. */
  keyPrefix?: string;
  /** The names of its security groups: one without tags is known by the instance that has it. */
  groupName?: RegExp;
  /** Logs below a target's folder; the first match of `group` in one captures the name of a security group. */
  logs?: { files: readonly string[]; group: RegExp };
}
