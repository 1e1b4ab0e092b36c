/** Owns what the bakery knows of Red Hat Enterprise Linux 8. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
import type { Os } from './os.ts';

export const rhel8: Os = {
  id: 'rhel8',
  title: 'Red Hat Enterprise Linux 8',
  family: 'rhel',
  packageTool: 'dnf',
  namePart: 'rhel8-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ec2-user',
  first: '3.6.0',
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
      id: 'rhel-8-baseos-rhui-rpms',
      file: '/etc/yum.repos.d/redhat-rhui.repo',
      upstream: 'rhel8/$basearch/baseos/os',
    },
    {
      id: 'rhel-8-appstream-rhui-rpms',
      file: '/etc/yum.repos.d/redhat-rhui.repo',
      upstream: 'rhel8/$basearch/appstream/os',
    },
    {
      id: 'codeready-builder-for-rhel-8-rhui-rpms',
      file: '/etc/yum.repos.d/redhat-rhui.repo',
      upstream: 'rhel8/$basearch/codeready-builder/os',
    },
    {
      id: 'rhui-client-config-server-8',
      file: '/etc/yum.repos.d/redhat-rhui-client-config.repo',
      upstream: 'rhel8/$basearch/rhui-client-config/os',
    },
    { id: 'epel', file: '/etc/yum.repos.d/epel.repo', upstream: 'epel/8/Everything/$basearch' },
    { id: 'aws-fsx', file: '/etc/yum.repos.d/aws-fsx.repo', upstream: 'fsx-lustre/el/8/$basearch' },
  ],
};
