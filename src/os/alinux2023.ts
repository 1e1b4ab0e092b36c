/** The data of Amazon Linux 2023. Source: aws-parallelcluster:cli/src/pcluster/constants.py at the tag of each release. */
import { rhelTrust, rpm } from './families.ts';
import type { Os } from './os.ts';

export const alinux2023: Os = {
  id: 'alinux2023',
  title: 'Amazon Linux 2023',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'amzn2023-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ec2-user',
  first: '3.10.0',
  last: null,
  legacy: false,
  trust: rhelTrust,
  // Amazon Linux 2023 user guide, "Deterministic upgrades through versioned repositories".
  releases: {
    package: 'system-release',
    versioned: true,
    names: '^(latest|2023[.][0-9]{1,3}[.][0-9]{8})$',
    example: 'latest or 2023.9.20251110',
  },
  repositories: [
    rpm('amazonlinux', 'amazonlinux.repo', 'amazonlinux2023/core/$releasever/$basearch'),
    rpm('kernel-livepatch', 'kernel-livepatch.repo', 'amazonlinux2023/kernel-livepatch/$basearch'),
  ],
};
