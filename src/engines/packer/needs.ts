/**
 * What a build instance of Packer needs: to be reached by SSH, or Session Manager (Systems Manager user guide, "Create VPC
 * endpoints").
 */
import type { BuilderNeeds } from '../engine.ts';
import { SESSION_MANAGER_ACTIONS } from '../session-manager.ts';
import type { PackerSettings } from './section.ts';

export function packerNeeds({ ssh }: Pick<PackerSettings, 'ssh'>): BuilderNeeds {
  if (ssh === 'session-manager') {
    return {
      services: ['ssm', 'ssmmessages'],
      buckets: [],
      ssh: undefined,
      profile: { policies: ['AmazonSSMManagedInstanceCore'], actions: SESSION_MANAGER_ACTIONS },
    };
  }
  return {
    services: [],
    buckets: [],
    ssh: {
      why: 'Packer reaches the build instance by SSH from where bake runs',
      otherwise: 'set packer.ssh: session-manager',
    },
    profile: { policies: [], actions: [] },
  };
}
