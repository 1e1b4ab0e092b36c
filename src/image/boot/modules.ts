/**
 * The table of kernel modules that a node of a kind loads for its network and its file systems. Paths are below
 * `cookbooks/` of aws/aws-parallelcluster-cookbook at v3.11.1.
 */
import { type BootRule, EVERY } from './rule.ts';

export interface ModuleRule extends BootRule {
  /** With underscores, as `modprobe -c` prints them. */
  modules: readonly string[];
}

export const modules: readonly ModuleRule[] = [
  // EC2 user guide, "Enhanced networking with ENA" and "Amazon EBS and NVMe".
  {
    modules: ['ena', 'nvme', 'nvme_core'],
    nodes: EVERY,
    because: 'no network and no disks on Nitro instances',
  },
  {
    // environment/recipes/config/mount_home.rb and its neighbours mount the head node's exports; resources/efs and
    // resources/lustre/partial/_mount_unmount.rb mount EFS, ONTAP and OpenZFS, on every kind of node.
    modules: ['nfs', 'nfsv4', 'sunrpc', 'lockd', 'grace', 'nfs_acl'],
    nodes: EVERY,
    because: '/home, /opt/slurm, EFS and other NFS file systems are not mounted',
  },
  {
    // environment/resources/nfs/partial/_configure.rb.
    modules: ['nfsd', 'auth_rpcgss'],
    nodes: ['head'],
    because: 'the NFS server does not start',
  },
  {
    // environment/resources/lustre: kernel_module 'lnet', and mounts of type lustre.
    modules: ['lustre', 'lnet', 'libcfs', 'ptlrpc', 'obdclass', 'ksocklnd'],
    nodes: EVERY,
    because: 'FSx for Lustre is not mounted',
  },
  {
    // environment/resources/efa; libibverbs and libfabric need ib_uverbs.
    modules: ['efa', 'ib_core', 'ib_uverbs'],
    nodes: ['compute'],
    because: 'instances have no EFA',
  },
  {
    // platform/recipes/config/nvidia_uvm.rb; platform/resources/gdrcopy.
    modules: ['nvidia', 'nvidia_uvm', 'nvidia_modeset', 'gdrdrv'],
    nodes: EVERY,
    because: 'GPU instances have no driver',
  },
  {
    // environment/files/imds/imds-access.sh: iptables rules by owner.
    modules: ['ip_tables', 'iptable_filter', 'nf_tables', 'xt_owner', 'nft_compat'],
    nodes: ['head', 'login'],
    because: 'the recipe that protects the instance metadata fails',
  },
];
