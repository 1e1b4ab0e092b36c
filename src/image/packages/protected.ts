/** The table of packages that ParallelCluster depends on: no upgrade may change them, and no recipe may remove them. */
import type { OsFamily } from '../../os/os.ts';

export interface Protection {
  /**
   * Neither upgraded nor installed beside the present version: a second kernel boots without Lustre, EFA and NVIDIA.
   */
  fixed: readonly string[];
  /** Kept at its version if installed; may be installed otherwise (for example a library of the distribution). */
  installed: readonly string[];
  /** May be upgraded but not removed: nodes do not boot without it. */
  needed: readonly string[];
}

/**
 * Shell globs by package name. Sources: the packages that the resources efa, lustre, nvidia_driver, fabric_manager,
 * gdrcopy, munge and slurm of aws/aws-parallelcluster-cookbook at v3.9.3 install and hold, and for kernels and releases
 * aws/aws-parallelcluster:cli/src/pcluster/resources/imagebuilder/update_and_reboot.yaml at v3.9.3. DCV is not held:
 * ParallelCluster installs dcv-gl from a file when it creates a cluster (aws/aws-parallelcluster-cookbook at v3.9.3:
 * cookbooks/aws-parallelcluster-platform/resources/dcv/partial/_rhel_common.rb).
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

/** An extended regular expression, valid in every awk, that matches a whole name against any of the globs. */
export function globsExpression(globs: readonly string[]): string {
  return `^(${globs.map(globExpression).join('|')})$`;
}

/** `*`, `?` and `[!x]` as in a shell; all else is literal. Without backslashes, which awk -v would interpret. */
function globExpression(glob: string): string {
  return glob.replace(/\[!([a-z]+)\]|[*?.+$^()|{}\\[\]]/g, (piece, except: string | undefined) => {
    if (except !== undefined) return `[^${except}]`;
    if (piece === '*') return '.*';
    return piece === '?' ? '.' : `[${piece}]`;
  });
}

/** The glob that matches the name, or undefined. */
export function matching(globs: readonly string[], name: string): string | undefined {
  return globs.find((glob) => new RegExp(globsExpression([glob])).test(name));
}
