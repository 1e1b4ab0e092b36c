/**
 * The calls of Session Manager's agent (AmazonSSMManagedInstanceCore, AWS managed policy reference). Since 3.3.40.0 it uses
 * ssmmessages in place of ec2messages, which Regions that were launched in 2024 or later do not have (Systems Manager user
 * guide, "ec2messages, ssmmessages, and other API operations").
 */
export const SESSION_MANAGER_ACTIONS = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:OpenDataChannel',
];
