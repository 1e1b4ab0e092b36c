/** Owns what the bakery knows of Amazon Linux 2. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
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
  trust: {
    anchors: '/etc/pki/ca-trust/source/anchors',
    extension: '.pem',
    program: 'update-ca-trust',
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  },
  repositories: [
    { id: 'amzn2-core', file: '/etc/yum.repos.d/amzn2-core.repo', upstream: 'amazonlinux2/core/$basearch' },
    {
      id: 'amzn2extra-lustre',
      file: '/etc/yum.repos.d/amzn2-extras.repo',
      upstream: 'amazonlinux2/extras/lustre/$basearch',
    },
    {
      id: 'amzn2extra-epel',
      file: '/etc/yum.repos.d/amzn2-extras.repo',
      upstream: 'amazonlinux2/extras/epel/$basearch',
    },
    { id: 'epel', file: '/etc/yum.repos.d/epel.repo', upstream: 'epel/7/$basearch' },
  ],
};
