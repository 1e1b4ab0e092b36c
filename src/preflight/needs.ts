/** The table of what a build instance needs from its network and its profile, for each way of baking. */

/** Image Builder; Packer over SSH to a private address; Packer through Session Manager. */
export type Way = 'imagebuilder' | 'packer ssh' | 'packer session-manager';

interface Needs {
  /** AWS services that the instance calls, by endpoint name. */
  services: readonly string[];
  /** S3 buckets of AWS that it reads. */
  buckets: (region: string) => readonly string[];
  /** Whether the instance must accept SSH from outside. */
  ssh: boolean;
  /** The actions that its instance profile must allow, and AWS's managed policies that allow them. */
  profile: { policies: readonly string[]; actions: readonly string[] };
}

/** Actions of the Session Manager agent (AWS managed policy reference, AmazonSSMManagedInstanceCore). */
const AGENT = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:OpenDataChannel',
  'ec2messages:GetMessages',
];

/**
 * Sources: for Image Builder, its user guide, "VPC interface endpoints" and "Troubleshoot" (every build downloads
 * AWSTOE from that bucket); for Session Manager, the Systems Manager user guide, "Create VPC endpoints".
 */
export const needs: Readonly<Record<Way, Needs>> = {
  imagebuilder: {
    services: ['ssm', 'ssmmessages', 'ec2messages', 'imagebuilder', 'logs'],
    buckets: (region) => [`ec2imagebuilder-toe-${region}-prod`],
    ssh: false,
    profile: {
      policies: ['EC2InstanceProfileForImageBuilder', 'AmazonSSMManagedInstanceCore'],
      actions: [...AGENT, 'imagebuilder:GetComponent'],
    },
  },
  'packer ssh': { services: [], buckets: () => [], ssh: true, profile: { policies: [], actions: [] } },
  'packer session-manager': {
    services: ['ssm', 'ssmmessages', 'ec2messages'],
    buckets: () => [],
    ssh: false,
    profile: { policies: ['AmazonSSMManagedInstanceCore'], actions: AGENT },
  },
};

/** Instance family → quota of running vCPUs (EC2 user guide, "On-Demand Instance quotas"). */
const QUOTAS: readonly [families: RegExp, code: string][] = [
  [/^hpc/, 'L-F7808C92'],
  [/^(inf)/, 'L-1945791B'],
  [/^(trn)/, 'L-2C3B7624'],
  [/^(dl)/, 'L-6E869C2A'],
  [/^u-|^u\d/, 'L-43DA4232'],
  [/^(g|vt)\d/, 'L-DB2E81BA'],
  [/^p\d/, 'L-417A185B'],
  [/^f\d/, 'L-74FC7D96'],
  [/^x\d/, 'L-7295265B'],
  [/^(a|c|d|h|i|im|is|m|r|t|z)\d/, 'L-1216C47A'],
];

/** The quota that an instance type counts against; undefined for an unknown family. */
export function quotaOf(instanceType: string): string | undefined {
  return QUOTAS.find(([families]) => families.test(instanceType))?.[1];
}
