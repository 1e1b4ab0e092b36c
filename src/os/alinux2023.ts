/** Owns what the bakery knows of Amazon Linux 2023. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
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
  trust: {
    anchors: '/etc/pki/ca-trust/source/anchors',
    extension: '.pem',
    program: 'update-ca-trust',
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  },
  repositories: [
    {
      id: 'amazonlinux',
      file: '/etc/yum.repos.d/amazonlinux.repo',
      upstream: 'amazonlinux2023/core/$releasever/$basearch',
    },
    {
      id: 'kernel-livepatch',
      file: '/etc/yum.repos.d/kernel-livepatch.repo',
      upstream: 'amazonlinux2023/kernel-livepatch/$basearch',
    },
  ],
};
