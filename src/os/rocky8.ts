/** The data of Rocky Linux 8. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { addedRepositories, pointReleases, rhelTrust, rpm } from './families.ts';
import type { Os } from './os.ts';

export const rocky8: Os = {
  id: 'rocky8',
  title: 'Rocky Linux 8',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'rocky8-hvm',
  official: false,
  architectures: ['x86_64', 'arm64'],
  user: 'rocky',
  first: '3.8.0',
  last: null,
  legacy: false,
  trust: rhelTrust,
  releases: pointReleases('rocky-release', '8', '8.10'),
  repositories: [
    rpm('baseos', 'Rocky-BaseOS.repo', 'rocky/$releasever/BaseOS/$basearch/os'),
    rpm('appstream', 'Rocky-AppStream.repo', 'rocky/$releasever/AppStream/$basearch/os'),
    rpm('extras', 'Rocky-Extras.repo', 'rocky/$releasever/extras/$basearch/os'),
    rpm('powertools', 'Rocky-PowerTools.repo', 'rocky/$releasever/PowerTools/$basearch/os'),
    ...addedRepositories(8),
  ],
};
