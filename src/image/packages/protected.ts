/** Owns which packages ParallelCluster is built against: what no upgrade may move and nobody may remove. */
import type { OsFamily } from '../../os/os.ts';

export interface Protection {
  /** Not even a new one beside those that are there: a second kernel boots without Lustre, EFA and NVIDIA. */
  fixed: readonly string[];
  /** What is installed stays at its version; what is not may come (a library of the distribution, say). */
  installed: readonly string[];
  /** May be upgraded, never removed: nodes do not boot without it. */
  needed: readonly string[];
}

/**
 * Shell globs by package name. Sources: aws-parallelcluster-cookbook, what its install recipes bring and hold
 * (efa, lustre, nvidia_driver, fabric_manager, gdrcopy, munge, slurm), and
 * aws-parallelcluster:cli/src/pcluster/resources/imagebuilder/update_and_reboot.yaml for kernels and releases
 * (facts/parallelcluster.md 9). DCV is not held: ParallelCluster installs dcv-gl from a file while a cluster is made.
 */
export const protections: Record<OsFamily, Protection> = {
  rhel: {
    fixed: [
      'kernel*', 'kmod-*', 'redhat-release*', 'rocky-release*', 'rocky-repos*', 'system-release*',
    ],
    installed: [
      'lustre*', 'efa*', 'libfabric*', 'openmpi*-aws', 'rdma-core*', 'libibverbs*', 'librdmacm*', 'libibumad*', 'ibacm',
      'infiniband-diags*', 'nvidia-[!c]*', 'nvidia-compute*', 'libnvidia-[!c]*', 'cuda*', 'gdrcopy*', 'slurm*', 'munge*',
      'aws-cfn-bootstrap',
    ],
    needed: [
      'NetworkManager', 'amazon-cloudwatch-agent', 'amazon-ssm-agent', 'bash', 'ca-certificates', 'chrony', 'cloud-init*',
      'coreutils*', 'curl*', 'dkms', 'dnf', 'dracut*', 'gawk', 'gcc', 'glibc', 'grub2*', 'gzip', 'iproute', 'make',
      'nfs-utils', 'openssh*', 'openssl*', 'passwd', 'python3', 'rpm', 'shadow-utils', 'sudo', 'systemd*', 'tar',
      'util-linux*', 'yum',
    ],
  },
  debian: {
    fixed: [
      'linux-aws*', 'linux-generic*', 'linux-headers*', 'linux-image*', 'linux-modules*', 'linux-tools*',
      'linux-virtual*', 'lustre-client-modules*',
    ],
    installed: [
      'lustre*', 'efa*', 'libfabric*', 'openmpi*-aws', 'rdma-core', 'libibverbs*', 'ibverbs-*', 'librdmacm*',
      'libibumad*', 'ibacm', 'infiniband-diags', 'nvidia-[!c]*', 'nvidia-compute*', 'libnvidia-[!c]*', 'cuda*',
      'gdrcopy*', 'gdrdrv*', 'libgdrapi*', 'slurm*', 'munge*', 'libmunge*',
    ],
    needed: [
      'amazon-cloudwatch-agent', 'amazon-ssm-agent', 'apt', 'bash', 'ca-certificates', 'chrony', 'cloud-init*', 'coreutils',
      'curl', 'dkms', 'dpkg', 'gcc', 'grub*', 'gzip', 'initramfs-tools*', 'iproute2', 'libc6', 'make', 'mawk', 'netplan.io',
      'nfs-common', 'openssh*', 'openssl', 'passwd', 'python3', 'snapd', 'sudo', 'systemd*', 'tar', 'util-linux',
    ],
  },
}; // prettier-ignore

/** What takes any of the globs, whole, as an extended regular expression that every awk reads. */
export function globsExpression(globs: readonly string[]): string {
  return `^(${globs.map(globExpression).join('|')})$`;
}

/** `*`, `?` and `[!x]` as in a shell; all else means itself. No backslash: awk -v would take it for its own. */
function globExpression(glob: string): string {
  return glob.replace(/\[!([a-z]+)\]|[*?.+$^()|{}\\[\]]/g, (piece, except: string | undefined) => {
    if (except !== undefined) return `[^${except}]`;
    if (piece === '*') return '.*';
    return piece === '?' ? '.' : `[${piece}]`;
  });
}

/** The glob that takes the name, or undefined. */
export function matching(globs: readonly string[], name: string): string | undefined {
  return globs.find((glob) => new RegExp(globsExpression([glob])).test(name));
}
