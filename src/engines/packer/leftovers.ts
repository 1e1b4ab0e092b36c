/** What Packer leaves behind without a tag of bake: key pairs and security groups of 1.6, and logs that name the groups. */
import type { UntaggedLeftovers } from '../../reap/leftover.ts';

/** The logs below a target's folder. */
export const PACKER_LOGS = { image: 'packer/image.log', verify: 'packer/second-boot.log' } as const;

export const packerLeftovers: UntaggedLeftovers = {
  // templates/packer/_instance.hcl.hbs
  keyPrefix: 'bakery-run-',
  groupName: /^packer_[0-9a-f-]{36}$/,
  logs: {
    files: Object.values(PACKER_LOGS),
    group: /Creating temporary security group for this instance: (packer_[0-9a-f-]{36})/,
  },
};
