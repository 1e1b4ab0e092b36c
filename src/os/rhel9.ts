/** Owns what the bakery knows of Red Hat Enterprise Linux 9. Source: ParallelCluster's constants.py of each release. */
import { addedRepositories, rhelTrust, rhuiRepositories } from './families.ts';
import type { Os } from './os.ts';

export const rhel9: Os = {
  id: 'rhel9',
  title: 'Red Hat Enterprise Linux 9',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'rhel9-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ec2-user',
  first: '3.9.0',
  last: null,
  legacy: false,
  trust: rhelTrust,
  repositories: [...rhuiRepositories(9), ...addedRepositories(9)],
};
