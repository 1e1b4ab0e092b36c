/** The data of Rocky Linux 9. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { addedRepositories, pointReleases, rhelTrust, rpm } from './families.ts';
import type { Os } from './os.ts';

export const rocky9: Os = {
  id: 'rocky9',
  title: 'Rocky Linux 9',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'rocky9-hvm',
  official: false,
  architectures: ['x86_64', 'arm64'],
  user: 'rocky',
  first: '3.9.0',
  last: null,
  legacy: false,
  trust: rhelTrust,
  releases: pointReleases('rocky-release', '9', '9.6'),
  repositories: [
    rpm('baseos', 'rocky.repo', 'rocky/$releasever/BaseOS/$basearch/os'),
    rpm('appstream', 'rocky.repo', 'rocky/$releasever/AppStream/$basearch/os'),
    rpm('crb', 'rocky.repo', 'rocky/$releasever/CRB/$basearch/os'),
    rpm('extras', 'rocky-extras.repo', 'rocky/$releasever/extras/$basearch/os'),
    ...addedRepositories(9),
  ],
};
