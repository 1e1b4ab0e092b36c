/**
 * What a build instance of Image Builder needs: its user guide, "VPC interface endpoints" and "Troubleshoot". Every build
 * downloads AWSTOE from its own bucket.
 */
import { SESSION_MANAGER_ACTIONS } from '../session-manager.ts';
import type { BuilderNeeds } from '../engine.ts';

export function imageBuilderNeeds(_settings: unknown, region: string): BuilderNeeds {
  return {
    services: ['ssm', 'ssmmessages', 'imagebuilder', 'logs'],
    buckets: [
      {
        name: `ec2imagebuilder-toe-${region}-prod`,
        why: 'every build of Image Builder downloads AWSTOE from it',
      },
    ],
    ssh: undefined,
    profile: {
      policies: ['EC2InstanceProfileForImageBuilder', 'AmazonSSMManagedInstanceCore'],
      actions: [...SESSION_MANAGER_ACTIONS, 'imagebuilder:GetComponent'],
    },
  };
}
