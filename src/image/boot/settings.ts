/**
 * The tables of settings outside units and modules that keep a node from booting: mount options, sudo, umask, limits,
 * cryptography, accounts. Paths are below `cookbooks/` of aws/aws-parallelcluster-cookbook at v3.11.1.
 */
import { type BootRule, EVERY } from './rule.ts';

export interface MountRule extends BootRule {
  where: string;
  option: 'noexec' | 'nosuid';
}

const FROM_TMP = 'the user data runs its bootstrap script from /tmp';
const USER_DATA = 'cloud-init runs the scripts of the user data from /var/lib/cloud';

export const mounts: readonly MountRule[] = [
  // aws/aws-parallelcluster:cli/src/pcluster/resources/{compute,login}_node/user_data.sh at v3.9.3.
  // From 3.16.0 on the script is below /opt/parallelcluster/tmp (constants.py, PCLUSTER_TMP_DIR, of the package).
  { where: '/tmp', option: 'noexec', nodes: ['compute'], from: '3.2.0', before: '3.16.0', because: FROM_TMP },
  { where: '/tmp', option: 'noexec', nodes: ['login'], from: '3.7.0', before: '3.16.0', because: FROM_TMP },
  // canonical/cloud-init:cloudinit/config/cc_scripts_user.py; slurmd's spool (slurm.conf(5), SlurmdSpoolDir).
  ...['/var', '/var/lib', '/var/lib/cloud'].map((where): MountRule => ({
    where,
    option: 'noexec',
    nodes: EVERY,
    because: USER_DATA,
  })),
  ...['/var', '/var/spool'].map((where): MountRule => ({
    where,
    option: 'noexec',
    nodes: ['compute'],
    because: 'slurmd runs the scripts of jobs from /var/spool/slurmd',
  })),
  ...['/', '/opt', '/opt/parallelcluster', '/usr', '/usr/local'].map((where): MountRule => ({
    where,
    option: 'noexec',
    nodes: EVERY,
    because: 'Cinc, Slurm and the Python environments cannot run',
  })),
  ...['/', '/usr'].map((where): MountRule => ({
    where,
    option: 'nosuid',
    nodes: EVERY,
    because: 'sudo and munge cannot change their user',
  })),
];

/**
 * Flags of sudoers(5) that a daemon without a terminal does not survive: clustermgtd and slurmctld call sudo
 * (slurm/templates/default/slurm/{resume,suspend}_program.erb), so do clusterstatusmgtd
 * (computefleet/files/clusterstatusmgtd/clusterstatusmgtd.py) and loginmgtd (platform/templates/loginmgtd).
 */
export const sudoFlags: readonly (BootRule & { flag: string })[] = [
  { flag: 'requiretty', nodes: EVERY, because: 'daemons have no terminal' },
  { flag: 'noexec', nodes: EVERY, because: 'programs that sudo starts may start no other program' },
  { flag: '!root_sudo', nodes: ['head'], because: 'recipes call sudo as root' },
  {
    flag: 'ignore_local_sudoers',
    nodes: EVERY,
    because: "sudo ignores ParallelCluster's rules in /etc/sudoers.d",
  },
];

/** Users whose sudo calls must work (shared/attributes/users.rb). The login user and root come in addition. */
export const SUDO_USERS: readonly string[] = ['pcluster-admin', 'slurm'];

/**
 * Hard limits that PAM sets for everybody: platform/attributes/platform.rb sets nofile to 10,000; sudo opens a session of
 * PAM for each call of a daemon.
 */
export const limits = [
  { item: 'nofile', least: 10_000 },
  { item: 'nproc', least: 1024 },
] as const;

/** Policies of crypto-policies(7), without subpolicies. */
export const cryptoPolicies: readonly (BootRule & { policy: string })[] = [
  // crypto-policies(7): FUTURE needs RSA keys of 3072 bits; AWS endpoints and EC2 key pairs have 2048.
  {
    policy: 'FUTURE',
    nodes: EVERY,
    because: 'RSA keys of 2048 bits, as AWS endpoints and EC2 key pairs have, are refused',
  },
  { policy: 'EMPTY', nodes: EVERY, because: 'no algorithm is left' },
  {
    // platform/recipes/config/cluster_user.rb; environment/files/login_nodes/keys-manager.sh.
    policy: 'FIPS',
    nodes: ['head'],
    because: 'recipes make ed25519 keys for the cluster user and the login nodes, which FIPS forbids',
  },
];

/** shared/attributes/users.rb: reserved_base_uid and what is counted from it; slurm/recipes/install/slurm_users.rb. */
export const GROUPS: readonly { name: string; id: string }[] = [
  { name: 'pcluster-admin', id: '400' },
  { name: 'slurm', id: '401' },
  { name: 'munge', id: '402' },
  { name: 'dcvextauth', id: '403' },
  { name: 'pcluster-slurm-share', id: '405' },
];

/**
 * The uid of the login user on every official image (EC2 user guide, "Manage system users on your Linux instance"):
 * nodes share /home over NFS, so all kinds of nodes must agree on it.
 */
export const LOGIN_UID = '1000';
