/** The data of Ubuntu 22.04. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { debianTrust, ubuntuRepositories } from './families.ts';
import type { Os } from './os.ts';

export const ubuntu2204: Os = {
  id: 'ubuntu2204',
  title: 'Ubuntu 22.04',
  family: 'debian',
  packageTool: 'apt',
  namePart: 'ubuntu-2204-lts-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ubuntu',
  first: '3.7.0',
  last: null,
  legacy: false,
  trust: debianTrust,
  repositories: ubuntuRepositories('/etc/apt/sources.list'),
};
