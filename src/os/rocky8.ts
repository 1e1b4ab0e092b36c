/** Owns what the bakery knows of Rocky Linux 8. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
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
  trust: {
    anchors: '/etc/pki/ca-trust/source/anchors',
    extension: '.pem',
    program: 'update-ca-trust',
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  },
  repositories: [
    {
      id: 'baseos',
      file: '/etc/yum.repos.d/Rocky-BaseOS.repo',
      upstream: 'rocky/$releasever/BaseOS/$basearch/os',
    },
    {
      id: 'appstream',
      file: '/etc/yum.repos.d/Rocky-AppStream.repo',
      upstream: 'rocky/$releasever/AppStream/$basearch/os',
    },
    {
      id: 'extras',
      file: '/etc/yum.repos.d/Rocky-Extras.repo',
      upstream: 'rocky/$releasever/extras/$basearch/os',
    },
    {
      id: 'powertools',
      file: '/etc/yum.repos.d/Rocky-PowerTools.repo',
      upstream: 'rocky/$releasever/PowerTools/$basearch/os',
    },
    { id: 'epel', file: '/etc/yum.repos.d/epel.repo', upstream: 'epel/8/Everything/$basearch' },
    { id: 'aws-fsx', file: '/etc/yum.repos.d/aws-fsx.repo', upstream: 'fsx-lustre/el/8/$basearch' },
  ],
};
