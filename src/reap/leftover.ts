/** Owns what a leftover is: a thing of EC2 that a run of ours made and did not take away. */

/** In the order of removal: what holds others comes first. */
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
  /** Of the run that made it; '' where only its name tells that it is ours. */
  run: string;
  /** ISO 8601; '' where EC2 does not say. */
  createdAt: string;
}

/** What was found in a Region, with nothing decided yet. */
export interface Found {
  kind: LeftoverKind;
  id: string;
  name: string;
  createdAt: string;
  tags: Readonly<Record<string, string>>;
  /** Something else needs it: a snapshot of an image. */
  held: boolean;
}

/** Tags of the things a build makes (templates/packer/_tags.hcl.hbs). */
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
