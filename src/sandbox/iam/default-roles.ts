/** The roles and instance profiles of a new account: one that suits Image Builder, one without Session Manager. */

/** The actions of AWS's managed policies that matter to a build instance (AWS managed policy reference). */
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
