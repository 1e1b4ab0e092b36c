/** Owns the roles and instance profiles every account is given: one that Image Builder can work with, and one that lacks Session Manager. */

/** What AWS's managed policies allow, as far as a build instance is judged by it (AWS managed policy reference). */
export const managedPolicies: Readonly<Record<string, readonly string[]>> = {
  AmazonSSMManagedInstanceCore: [
    'ssm:UpdateInstanceInformation',
    'ssm:GetParameter',
    'ssm:GetParameters',
    'ssmmessages:*',
    'ec2messages:*',
  ],
  EC2InstanceProfileForImageBuilder: [
    'imagebuilder:GetComponent',
    'imagebuilder:GetMarketplaceResource',
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
};

export interface DefaultRole {
  /** The name of the role and of its instance profile. */
  name: string;
  policies: readonly string[];
}

export const defaultRoles: readonly DefaultRole[] = [
  {
    name: 'EC2InstanceProfileForImageBuilder',
    policies: ['EC2InstanceProfileForImageBuilder', 'AmazonSSMManagedInstanceCore'],
  },
  { name: 'bakery-without-session-manager', policies: ['EC2InstanceProfileForImageBuilder'] },
];
