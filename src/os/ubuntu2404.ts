/** Owns what the bakery knows of Ubuntu 24.04. Sources: facts of ParallelCluster's constants.py; stock repositories as the image ships them. */
import type { Os } from './os.ts';

export const ubuntu2404: Os = {
  id: 'ubuntu2404',
  title: 'Ubuntu 24.04',
  family: 'debian',
  packageTool: 'apt',
  namePart: 'ubuntu-2404-lts-hvm',
  official: true,
  architectures: ['x86_64', 'arm64'],
  user: 'ubuntu',
  first: '3.13.0',
  last: null,
  legacy: false,
  trust: {
    anchors: '/usr/local/share/ca-certificates',
    extension: '.crt',
    program: 'update-ca-certificates',
    bundle: '/etc/ssl/certs/ca-certificates.crt',
  },
  repositories: [
    {
      id: 'ubuntu',
      file: '/etc/apt/sources.list.d/ubuntu.sources',
      upstream: 'ubuntu',
      uris: ['https?://[a-z0-9.-]*archive[.]ubuntu[.]com/ubuntu/?'],
    },
    {
      id: 'ubuntu-security',
      file: '/etc/apt/sources.list.d/ubuntu.sources',
      upstream: 'ubuntu',
      uris: ['https?://security[.]ubuntu[.]com/ubuntu/?'],
    },
    {
      id: 'ubuntu-ports',
      file: '/etc/apt/sources.list.d/ubuntu.sources',
      upstream: 'ubuntu-ports',
      uris: ['https?://[a-z0-9.-]*ports[.]ubuntu[.]com(/ubuntu-ports)?/?'],
    },
    {
      id: 'fsxlustreclientrepo',
      file: '/etc/apt/sources.list.d/fsxlustreclientrepo.list',
      upstream: 'fsx-lustre/ubuntu',
      uris: ['https://fsx-lustre-client-repo[.]s3[.]amazonaws[.]com/ubuntu/?'],
    },
  ],
};
