/**
 * The tables of systemd units: those that a node of a kind starts at its boot, and those that must not run there.
 * Paths without a repository are below `cookbooks/` of aws/aws-parallelcluster-cookbook at v3.11.1.
 */
import { type BootRule, EVERY } from './rule.ts';

export interface UnitRule extends BootRule {
  /** Alternative names; a unit that the image does not have is no fault. */
  units: readonly string[];
  /**
   * `startable`: a recipe or another unit starts it, so that none of the names may be masked. `one-startable`: the OS
   * uses one of them. `enabled`: nothing enables it later, so that one of them must be enabled.
   */
  state: 'startable' | 'one-startable' | 'enabled';
}

const CLOUD_INIT = 'cloud-init does not run the user data that makes an instance a node';

export const units: readonly UnitRule[] = [
  // canonical/cloud-init:systemd/*.service.tmpl; newer versions have cloud-init-main and cloud-init-network.
  ...[
    ['cloud-init-local.service'],
    ['cloud-init-main.service'],
    ['cloud-init.service', 'cloud-init-network.service'],
    ['cloud-config.service'],
    ['cloud-final.service'],
    ['cloud-config.target'],
    ['cloud-init.target'],
  ].map((names): UnitRule => ({ units: names, state: 'enabled', nodes: EVERY, because: CLOUD_INIT })),
  {
    // `After=` and `Wants=` of cloud-init's units, and slurm/templates/default/slurm/compute/slurmd.service.erb.
    units: ['network-online.target'],
    state: 'startable',
    nodes: EVERY,
    because: 'cloud-init and slurmd start before the network is up',
  },
  {
    // The network services of the base images: see environment/resources/network_service.
    units: ['NetworkManager.service', 'systemd-networkd.service', 'network.service', 'networking.service'],
    state: 'one-startable',
    nodes: EVERY,
    because: 'the node has no network',
  },
  {
    // environment/recipes/init/config_default_user_home.rb starts it; MPI starts its processes through it.
    units: ['sshd.service', 'ssh.service', 'ssh.socket'],
    state: 'enabled',
    nodes: EVERY,
    because: 'nobody can log in, and MPI cannot start processes',
  },
  {
    units: ['sshd.service', 'ssh.service'],
    state: 'startable',
    nodes: EVERY,
    because: 'nobody can log in, and MPI cannot start processes',
  },
  {
    // platform/recipes/finalize.rb: enable and restart.
    units: ['supervisord.service'],
    state: 'startable',
    nodes: EVERY,
    because: "the recipe that starts ParallelCluster's daemons fails",
  },
  {
    // slurm/libraries/helpers.rb, enable_munge_service, and slurm/resources/munge_key_manager.rb.
    units: ['munge.service'],
    state: 'startable',
    nodes: EVERY,
    because: 'Slurm cannot authenticate the node',
  },
  {
    // platform/resources/chrony/partial/_chrony_common.rb, action enable; the name is in chrony_redhat8.rb.
    units: ['chronyd.service'],
    state: 'startable',
    family: 'rhel',
    nodes: EVERY,
    because: 'the recipe that enables Amazon Time Sync fails',
  },
  {
    // The same; the name is in platform/resources/chrony/chrony_ubuntu20+.rb.
    units: ['chrony.service', 'chronyd.service'],
    state: 'startable',
    family: 'debian',
    nodes: EVERY,
    because: 'the recipe that enables Amazon Time Sync fails',
  },
  {
    // environment/resources/cloudwatch/partial/_cloudwatch_common.rb, cloudwatch-agent-start.
    units: ['amazon-cloudwatch-agent.service'],
    state: 'startable',
    nodes: EVERY,
    because: 'the recipe that starts the CloudWatch agent fails',
  },
  {
    // environment/recipes/config/ephemeral_drives.rb.
    units: ['setup-ephemeral.service'],
    state: 'startable',
    nodes: EVERY,
    because: 'the recipe that mounts the instance store fails',
  },
  {
    // environment/recipes/config/directory_service.rb restarts it on clusters with a DirectoryService.
    units: ['sssd.service'],
    state: 'startable',
    nodes: EVERY,
    because: 'the recipe of a DirectoryService fails',
  },
  {
    // platform/recipes/config/nvidia_uvm.rb; platform/resources/fabric_manager and gdrcopy (names by OS).
    units: [
      'parallelcluster_nvidia.service',
      'nvidia-fabricmanager.service',
      'gdrcopy.service',
      'gdrdrv.service',
    ],
    state: 'startable',
    nodes: EVERY,
    because: 'the recipe of GPU instances fails',
  },
  {
    // slurm/recipes/finalize/finalize_compute.rb: enable and start.
    units: ['slurmd.service'],
    state: 'startable',
    nodes: ['compute'],
    because: 'the node never joins its cluster',
  },
  {
    // slurm/recipes/config/config_head_node.rb: enable and start.
    units: ['slurmctld.service'],
    state: 'startable',
    nodes: ['head'],
    because: 'the cluster has no scheduler',
  },
  {
    // slurm/recipes/config/config_slurm_accounting.rb, on clusters with a database.
    units: ['slurmdbd.service'],
    state: 'startable',
    nodes: ['head'],
    from: '3.3.0',
    because: 'the recipe of Slurm accounting fails',
  },
  {
    // environment/recipes/config/imds.rb: enable and start.
    units: ['parallelcluster-iptables.service'],
    state: 'startable',
    nodes: ['head', 'login'],
    because: 'the recipe that protects the instance metadata fails',
  },
  {
    // environment/resources/nfs/partial/_configure.rb restarts and enables it on the head node, and disables it on the
    // others; the names are in third-party/nfs-5.1.2/attributes/default.rb. The last two are `Requires=` of
    // nfs-server.service (nfs-utils:systemd/nfs-server.service).
    units: ['nfs-server.service', 'nfs-kernel-server.service', 'nfs-mountd.service', 'proc-fs-nfsd.mount'],
    state: 'startable',
    nodes: ['head'],
    because: 'it does not export /home and /opt/slurm to the other nodes',
  },
  {
    // With NFSv3 on, rpc.nfsd and rpc.mountd register at rpcbind and fail without it. third-party/nfs-5.1.2 installs it
    // and leaves NFSv3 on; head nodes are NFSv4-only from 3.16.0 (aws/aws-parallelcluster:CHANGELOG.md, 3.16.0).
    units: ['rpcbind.service', 'rpcbind.socket'],
    state: 'startable',
    nodes: ['head'],
    before: '3.16.0',
    because: 'its NFSv3 server does not start',
  },
];

export interface BlockerRule extends BootRule {
  unit: string;
  /** Where its settings are: shell patterns. */
  files: readonly string[];
  /** Extended regular expressions: it blocks if a line of the files matches (none: always), unless one matches `allows`. */
  blocks?: string;
  allows: string;
}

/**
 * Ports of Slurm and NFS: AWS ParallelCluster user guide, "Security groups configuration". The cookbook sets no local
 * firewall, and stops firewalld for DCV (platform/resources/dcv/partial/_rhel_common.rb).
 */
const PORTS = '68(1[7-9])';
const CUT_OFF = 'it drops the connections of Slurm (ports 6817 to 6819) and NFS (2049) between nodes';

export const blockers: readonly BlockerRule[] = [
  {
    unit: 'firewalld.service',
    files: [
      '/etc/firewalld/firewalld.conf',
      '/etc/firewalld/zones/*',
      '/etc/firewalld/services/*',
      '/etc/firewalld/direct.xml',
    ],
    allows: `${PORTS}|target="ACCEPT"|^DefaultZone=trusted`,
    nodes: EVERY,
    because: CUT_OFF,
  },
  {
    unit: 'ufw.service',
    files: ['/etc/ufw/ufw.conf', '/etc/ufw/user.rules', '/etc/default/ufw'],
    blocks: '^ENABLED="?yes',
    allows: `${PORTS}|^DEFAULT_INPUT_POLICY="?ACCEPT`,
    nodes: EVERY,
    because: CUT_OFF,
  },
  {
    unit: 'nftables.service',
    files: ['/etc/nftables.conf', '/etc/sysconfig/nftables.conf', '/etc/nftables/*'],
    blocks: '^[^#]*(drop|reject)',
    allows: PORTS,
    nodes: EVERY,
    because: CUT_OFF,
  },
  ...['iptables.service', 'netfilter-persistent.service'].map((unit): BlockerRule => ({
    unit,
    files: ['/etc/sysconfig/iptables', '/etc/iptables/rules.v4'],
    blocks: '^:INPUT DROP|^[^#]*-j (DROP|REJECT)',
    allows: PORTS,
    nodes: EVERY,
    because: CUT_OFF,
  })),
  {
    // fapolicyd.rules(5): a program that belongs to no package is not trusted. Slurm, Cinc and the Python environments
    // are built from source (slurm/recipes/install/install_slurm.rb, platform/recipes/install/cookbook_virtualenv.rb).
    unit: 'fapolicyd.service',
    files: [
      '/etc/fapolicyd/fapolicyd.conf',
      '/etc/fapolicyd/fapolicyd.trust',
      '/etc/fapolicyd/trust.d/*',
      '/etc/fapolicyd/rules.d/*',
    ],
    allows: '^permissive *= *1|/opt/(slurm|parallelcluster)',
    nodes: EVERY,
    because: 'it forbids Slurm, Cinc and the Python environments below /opt, which belong to no package',
  },
];
