/** The resolve stage without AWS: a stand-in takes the place of the base image, in files that people want to read. */
import type { Ami } from '../../aws/images.ts';
import type { Target } from '../../os/target.ts';
import { resolve } from './resolve.ts';

/** The id of a base image that was not looked up. */
export const STAND_IN = 'ami-00000000000000000';

export const standIn: typeof resolve = {
  ...resolve,
  gather: (_world, { target }) =>
    Promise.resolve({ target, candidates: [imageOf(target)], now: new Date(0).toISOString() }),
  plan: ({ target, candidates: [base] }) => ({ target, base: base ?? imageOf(target), deprecated: false }),
  say: ({ target, base }) =>
    `ParallelCluster ${target.parallelcluster} (${target.versionReason}) · ${base.id}, not looked up`,
};

function imageOf({ os, arch, parallelcluster, base, regions }: Target): Ami {
  return {
    id: base ?? STAND_IN,
    name: '',
    region: regions[0],
    state: 'available',
    architecture: arch,
    createdAt: '',
    deprecatedAt: undefined,
    description: `AWS ParallelCluster AMI for ${os.id}, ${arch}, release ${parallelcluster}`,
    ownerId: '',
    rootDevice: { name: os.family === 'debian' ? '/dev/sda1' : '/dev/xvda', type: 'ebs', sizeGiB: undefined },
    snapshots: [],
    isProtected: false,
    tags: {},
  };
}
