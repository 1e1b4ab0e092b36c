/** The data of CentOS 7. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { rhelTrust } from './families.ts';
import type { Os } from './os.ts';

export const centos7: Os = {
  id: 'centos7',
  title: 'CentOS 7',
  family: 'rhel',
  packageTool: 'yum',
  namePart: 'centos7-hvm',
  official: true,
  architectures: ['x86_64'],
  user: 'centos',
  first: '3.0.0',
  last: '3.9.3',
  legacy: true,
  trust: rhelTrust,
  repositories: [],
};
