/** The data of Red Hat Enterprise Linux 9. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { addedRepositories, pointReleases, rhelTrust, rhuiRepositories } from './families.ts';
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
  releases: pointReleases('redhat-release', '9', '9.6'),
  repositories: [...rhuiRepositories(9), ...addedRepositories(9)],
};
