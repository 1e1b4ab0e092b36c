/** What operating systems of one family share: trust stores and package repositories. */
import type { Os, PackageRepository } from './os.ts';

/** p11-kit reads PEM or DER files of any name (update-ca-trust(8)). */
export const rhelTrust: Os['trust'] = {
  anchors: '/etc/pki/ca-trust/source/anchors',
  extension: '.pem',
  program: 'update-ca-trust',
  bundle: '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
};

/** The script of Debian reads only *.crt, with one PEM certificate per file (update-ca-certificates(8)). */
export const debianTrust: Os['trust'] = {
  anchors: '/usr/local/share/ca-certificates',
  extension: '.crt',
  program: 'update-ca-certificates',
  bundle: '/etc/ssl/certs/ca-certificates.crt',
};

/** A repository of yum or dnf: its id, its file in /etc/yum.repos.d, and its path below a mirror. */
export function rpm(id: string, file: string, upstream: string): PackageRepository {
  return { id, file: `/etc/yum.repos.d/${file}`, upstream };
}

/** The cookbook of ParallelCluster adds EPEL and the repository of the FSx Lustre client (aws-parallelcluster-cookbook: resources/package_repos/ and resources/lustre/). */
export function addedRepositories(major: 8 | 9): PackageRepository[] {
  const cisco = rpm(
    'epel-cisco-openh264',
    'epel-cisco-openh264.repo',
    'epel-cisco-openh264/$releasever/$basearch',
  );
  return [
    rpm('epel', 'epel.repo', `epel/${major}/Everything/$basearch`),
    ...(major === 9 ? [cisco] : []),
    rpm('aws-fsx', 'aws-fsx.repo', `fsx-lustre/el/${major}/$basearch`),
  ];
}

/** Repositories of Red Hat Update Infrastructure. The ids stay the same, because the cookbook enables them by name. */
export function rhuiRepositories(major: 8 | 9): PackageRepository[] {
  const content = (id: string, path: string): PackageRepository =>
    rpm(id, 'redhat-rhui.repo', `rhel${major}/$basearch/${path}/os`);
  return [
    content(`rhel-${major}-baseos-rhui-rpms`, 'baseos'),
    content(`rhel-${major}-appstream-rhui-rpms`, 'appstream'),
    content(`codeready-builder-for-rhel-${major}-rhui-rpms`, 'codeready-builder'),
    rpm(
      `rhui-client-config-server-${major}`,
      'redhat-rhui-client-config.repo',
      `rhel${major}/$basearch/rhui-client-config/os`,
    ),
  ];
}

/** @param file with the stock sources */
export function ubuntuRepositories(file: string): PackageRepository[] {
  return [
    { id: 'ubuntu', file, upstream: 'ubuntu', uris: ['https?://[a-z0-9.-]*archive[.]ubuntu[.]com/ubuntu/?'] },
    { id: 'ubuntu-security', file, upstream: 'ubuntu', uris: ['https?://security[.]ubuntu[.]com/ubuntu/?'] },
    {
      id: 'ubuntu-ports',
      file,
      upstream: 'ubuntu-ports',
      uris: ['https?://[a-z0-9.-]*ports[.]ubuntu[.]com(/ubuntu-ports)?/?'],
    },
    {
      id: 'fsxlustreclientrepo',
      file: '/etc/apt/sources.list.d/fsxlustreclientrepo.list',
      upstream: 'fsx-lustre/ubuntu',
      uris: ['https://fsx-lustre-client-repo[.]s3[.]amazonaws[.]com/ubuntu/?'],
    },
  ];
}

/** Point releases whose package is held with the kernel: `$releasever` is the major release unless a command names one. */
export function pointReleases(name: string, major: string, example: string): NonNullable<Os['releases']> {
  return { package: name, versioned: false, names: `^${major}[.][0-9]{1,2}$`, example };
}
