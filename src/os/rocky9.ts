/** Owns what the bakery knows of Rocky Linux 9. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
import type { Os } from './os.ts';

export const rocky9: Os = {
  id: 'rocky9',
  title: 'Rocky Linux 9',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'rocky9-hvm',
  official: false,
  architectures: ['x86_64', 'arm64'],
  user: 'rocky',
  first: '3.9.0',
  last: null,
  legacy: false,
  trust: {
    anchors: '/etc/pki/ca-trust/source/anchors',
    extension: '.pem',
    program: 'update-ca-trust',
    bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  },
  repositories: [
    { id: 'baseos', file: '/etc/yum.repos.d/rocky.repo', upstream: 'rocky/$releasever/BaseOS/$basearch/os' },
    {
      id: 'appstream',
      file: '/etc/yum.repos.d/rocky.repo',
      upstream: 'rocky/$releasever/AppStream/$basearch/os',
    },
    { id: 'crb', file: '/etc/yum.repos.d/rocky.repo', upstream: 'rocky/$releasever/CRB/$basearch/os' },
    {
      id: 'extras',
      file: '/etc/yum.repos.d/rocky-extras.repo',
      upstream: 'rocky/$releasever/extras/$basearch/os',
    },
    { id: 'epel', file: '/etc/yum.repos.d/epel.repo', upstream: 'epel/9/Everything/$basearch' },
    {
      id: 'epel-cisco-openh264',
      file: '/etc/yum.repos.d/epel-cisco-openh264.repo',
      upstream: 'epel-cisco-openh264/$releasever/$basearch',
    },
    { id: 'aws-fsx', file: '/etc/yum.repos.d/aws-fsx.repo', upstream: 'fsx-lustre/el/9/$basearch' },
  ],
};
