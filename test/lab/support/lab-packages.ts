/**
 * The table of the lab's packages: tiny packages with the names of those in a ParallelCluster image. The lab builds
 * .deb and .rpm files from the same list; `image` packages are installed in every root filesystem, others are only
 * offered.
 */

export interface LabPackage {
  name: string;
  version: string;
  /** The release of the rpm, and the suffix of the deb's version. */
  release: string;
  /**
   * Whether it is in the image, on the mirror, or both; for the mirror, apt's pocket and whether it is a security fix.
   */
  image?: boolean;
  offered?: 'release' | 'updates' | 'security';
  files?: Record<string, string>;
  requires?: readonly string[];
  provides?: readonly string[];
  /** Whether it is unsigned on the mirror (rpm only: apt signs the whole archive). */
  unsigned?: boolean;
}

/** The kernel that an image boots, and the newer one on the mirror that an upgrade must not install. */
export const kernel = { installed: '5.14.0-503.1', offered: '5.14.0-570.2' } as const;

function program(name: string, says: string): Record<string, string> {
  return { [`/usr/bin/${name}`]: `#!/bin/sh\necho ${says}\n` };
}

function modules(release: string): Record<string, string> {
  return {
    [`/boot/vmlinuz-${release}`]: `kernel ${release}\n`,
    [`/lib/modules/${release}/modules.dep`]: 'kernel/fs/lustre.ko:\n',
    [`/lib/modules/${release}/kernel/fs/lustre.ko`]: 'module\n',
  };
}

/** Installed in the image at 1.0, offered at 1.1. */
function newer(name: string, offered: 'updates' | 'security', more: Partial<LabPackage> = {}): LabPackage[] {
  return [
    { name, version: '1.0', release: '1', image: true, offered: 'release', ...more },
    { name, version: '1.1', release: '1', offered, ...more },
  ];
}

function kernels(name: string, files: boolean): LabPackage[] {
  const at = (whole: string, more: Partial<LabPackage>): LabPackage => {
    const [version = '', release = ''] = whole.split('-');
    return { name, version, release, ...(files ? { files: modules(whole) } : {}), ...more };
  };
  return [
    at(kernel.installed, { image: true }),
    at(kernel.offered, { offered: 'security', provides: ['installonlypkg(kernel)'] }),
  ];
}

const both: LabPackage[] = [
  {
    name: 'lab-hello',
    version: '1.0',
    release: '1',
    offered: 'release',
    files: program('lab-hello', 'hello 1.0'),
    requires: ['lab-lib'],
  },
  {
    name: 'lab-lib',
    version: '1.0',
    release: '1',
    offered: 'release',
    files: { '/usr/share/lab-lib': 'lib\n' },
  },
  {
    name: 'lab-remove-me',
    version: '1.0',
    release: '1',
    image: true,
    files: program('lab-remove-me', 'still here'),
  },
  ...newer('lab-fixed', 'security'),
  ...newer('lab-plain', 'updates'),
  // Packages whose versions ParallelCluster depends on (src/image/packages/protected.ts).
  ...newer('munge', 'updates'),
  ...newer('efa', 'updates'),
  ...newer('libfabric-aws', 'updates'),
];

export const debs: LabPackage[] = [
  ...both,
  ...kernels('linux-image-aws', true),
  ...kernels('linux-aws', false),
  ...newer('lustre-client-modules-aws', 'updates'),
];

export const rpms: LabPackage[] = [
  ...both,
  ...kernels('kernel-core', true),
  ...kernels('kernel', false),
  ...newer('kmod-lustre-client', 'updates'),
  ...newer('lustre-client', 'updates'),
  {
    name: 'lab-unsigned',
    version: '1.0',
    release: '1',
    offered: 'release',
    unsigned: true,
    files: { '/usr/share/lab-unsigned': 'x\n' },
  },
  // Packages that other packages of the distribution depend on.
  {
    name: 'lab-system',
    version: '1.0',
    release: '1',
    image: true,
    files: { '/usr/share/lab-system': 'x\n' },
    provides: ['/bin/sh', '/usr/bin/sh', '/bin/bash', '/usr/bin/bash', 'dnf', 'rpm'],
  },
  ...releases('rocky-release', '8'),
  ...releases('rocky-release', '9'),
  ...releases('redhat-release', '8'),
  ...releases('redhat-release', '9'),
  ...releases('system-release', '2'),
  ...releases('system-release', '2023.9.20251110'),
];

/** dnf reads $releasever from the package that provides system-release(releasever). */
function releases(name: string, releasever: string): LabPackage[] {
  const provides = [`system-release(releasever) = ${releasever}`, `system-release = ${releasever}`];
  const at = (release: string, more: Partial<LabPackage>): LabPackage => ({
    name,
    version: releasever,
    release,
    provides,
    ...more,
  });
  return [
    at('1', { image: true, files: { [`/usr/share/${name}`]: `${releasever}\n` } }),
    at('2', { offered: 'updates', files: { [`/usr/share/${name}`]: `${releasever} newer\n` } }),
  ];
}

/** $releasever of each OS of the dnf family, from its release package, and the name of that package. */
export const releaseOf: Record<string, { name: string; releasever: string }> = {
  alinux2: { name: 'system-release', releasever: '2' },
  alinux2023: { name: 'system-release', releasever: '2023.9.20251110' },
  rhel8: { name: 'redhat-release', releasever: '8' },
  rhel9: { name: 'redhat-release', releasever: '9' },
  rocky8: { name: 'rocky-release', releasever: '8' },
  rocky9: { name: 'rocky-release', releasever: '9' },
};

/** File name of a package, without the folder. */
export function fileOf(kind: 'deb' | 'rpm', { name, version, release }: LabPackage): string {
  return kind === 'deb'
    ? `${name}_${version}-${release}_all.deb`
    : `${name}-${version}-${release}.noarch.rpm`;
}
