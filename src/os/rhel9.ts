/** Owns what the bakery knows of Red Hat Enterprise Linux 9. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
import type { Os } from './os.ts';

export const rhel9: Os = {
  id: 'rhel9',
  title: 'Red Hat Enterprise Linux 9',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'rhel9-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ec2-user',
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
    {
      id: 'rhel-9-baseos-rhui-rpms',
      file: '/etc/yum.repos.d/redhat-rhui.repo',
      upstream: 'rhel9/$basearch/baseos/os',
    },
    {
      id: 'rhel-9-appstream-rhui-rpms',
      file: '/etc/yum.repos.d/redhat-rhui.repo',
      upstream: 'rhel9/$basearch/appstream/os',
    },
    {
      id: 'codeready-builder-for-rhel-9-rhui-rpms',
      file: '/etc/yum.repos.d/redhat-rhui.repo',
      upstream: 'rhel9/$basearch/codeready-builder/os',
    },
    {
      id: 'rhui-client-config-server-9',
      file: '/etc/yum.repos.d/redhat-rhui-client-config.repo',
      upstream: 'rhel9/$basearch/rhui-client-config/os',
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
