/** The data of Amazon Linux 2. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { rhelTrust, rpm } from './families.ts';
import type { Os } from './os.ts';

export const alinux2: Os = {
  id: 'alinux2',
  title: 'Amazon Linux 2',
  family: 'rhel',
  packageTool: 'yum',
  namePart: 'amzn2-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ec2-user',
  first: '3.0.0',
  last: '3.15.1',
  legacy: false,
  trust: rhelTrust,
  repositories: [
    rpm('amzn2-core', 'amzn2-core.repo', 'amazonlinux2/core/$basearch'),
    rpm('amzn2extra-lustre', 'amzn2-extras.repo', 'amazonlinux2/extras/lustre/$basearch'),
    rpm('amzn2extra-epel', 'amzn2-extras.repo', 'amazonlinux2/extras/epel/$basearch'),
    // Every other topic of amazon-linux-extras stays enabled or disabled as it is.
    rpm('amzn2extra-*', 'amzn2-extras.repo', 'amazonlinux2/extras/*/$basearch'),
    rpm('epel', 'epel.repo', 'epel/7/$basearch'),
  ],
};
