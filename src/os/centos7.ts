/** Owns what the bakery knows of CentOS 7. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
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
  trust: {
    anchors: '/etc/pki/ca-trust/source/anchors',
    extension: '.pem',
    program: 'update-ca-trust',
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  },
  repositories: [],
};
