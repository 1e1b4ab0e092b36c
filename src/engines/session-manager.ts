/** The calls of Session Manager's agent (AmazonSSMManagedInstanceCore, AWS managed policy reference). */
export const SESSION_MANAGER_ACTIONS = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:OpenDataChannel',
  'ec2messages:GetMessages',
];
