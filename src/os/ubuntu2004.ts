/** The data of Ubuntu 20.04. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { debianTrust, ubuntuRepositories } from './families.ts';
import type { Os } from './os.ts';

export const ubuntu2004: Os = {
  id: 'ubuntu2004',
  title: 'Ubuntu 20.04',
  family: 'debian',
  packageTool: 'apt',
  namePart: 'ubuntu-2004-lts-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ubuntu',
  first: '3.0.0',
  last: '3.13.2',
  legacy: false,
  trust: debianTrust,
  repositories: ubuntuRepositories('/etc/apt/sources.list'),
};
