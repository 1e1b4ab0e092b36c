/** The data of Red Hat Enterprise Linux 8. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { addedRepositories, pointReleases, rhelTrust, rhuiRepositories } from './families.ts';
import type { Os } from './os.ts';

export const rhel8: Os = {
  id: 'rhel8',
  title: 'Red Hat Enterprise Linux 8',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'rhel8-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ec2-user',
  first: '3.6.0',
  last: null,
  legacy: false,
  trust: rhelTrust,
  releases: pointReleases('redhat-release', '8', '8.10'),
  repositories: [...rhuiRepositories(8), ...addedRepositories(8)],
};
