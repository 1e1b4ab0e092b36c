/** The data of Ubuntu 18.04. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { debianTrust } from './families.ts';
import type { Os } from './os.ts';

export const ubuntu1804: Os = {
  id: 'ubuntu1804',
  title: 'Ubuntu 18.04',
  family: 'debian',
  packageTool: 'apt',
  namePart: 'ubuntu-1804-lts-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ubuntu',
  first: '3.0.0',
  last: '3.6.1',
  legacy: true,
  trust: debianTrust,
  repositories: [],
};
