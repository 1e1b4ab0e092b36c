/** Rows of the table of IAM actions: what a row is, and the resources that many rows share. */

/** The resources that policies are restricted to. */
export interface PolicyScope {
  account: string;
  /** aws, aws-cn, aws-us-gov, … */
  partition: string;
  /** The constant beginning of publish.parameter, such as /hpc/ami/. */
  parameterPath: string;
  /** The prefix of every name that bake gives. */
  prefix: string;
  /** The instance profile of the build instance; its role is assumed to have the same name. */
  role: string;
  /** Other roles that an engine passes to AWS: names or ARNs. */
  engineRoles?: readonly string[] | undefined;
  /** The bucket of `store`, and the prefix of its keys (empty, or with a final /). */
  store?: { bucket: string; prefix: string } | undefined;
  /** The role that bake assumes in other accounts, with * for the account. */
  publishRole?: string | undefined;
  /** The ARN of notify.sns. */
  topic?: string | undefined;
  /** The ARN of provenance.key, or of all keys if it is an alias. */
  signingKey?: string | undefined;
}

/** The resources of an action; undefined: the scope has none, so the action is not needed. */
export type Resources = (scope: PolicyScope) => string[] | undefined;

export interface ActionRow {
  actions: readonly string[];
  resources: Resources;
  condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Who makes the call, if it is not bake itself: `EC2`. */
  by?: string;
}

/** The Service Authorization Reference lists no resource type for these actions. */
export const anyResource: Resources = () => ['*'];

export const parameterResources: Resources = (s) => [
  `arn:${s.partition}:ssm:*:${s.account}:parameter${s.parameterPath}*`,
];

export const imageResources: Resources = (s) => [
  `arn:${s.partition}:ec2:*::image/*`,
  `arn:${s.partition}:ec2:*::snapshot/*`,
];

export const ec2Resources =
  (...kinds: string[]): Resources =>
  (s) =>
    kinds.map((kind) => `arn:${s.partition}:ec2:*:${s.account}:${kind}/*`);

/** Only resources that a run created: bake tags them with the run when it creates them. */
export const OF_A_RUN = { StringLike: { 'aws:ResourceTag/bakery:run': '*' } };
