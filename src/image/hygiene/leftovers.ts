/** The table of what must not be left in an image. The hygiene step and its rows are made from it. */

export interface LeftoverRule {
  id: string;
  title: string;
  because: string;
  /** Bash patterns (extglob, which knows no `/` in its lists) of absolute paths. */
  paths: readonly string[];
  /** Names below the home of every user. */
  homes: readonly string[];
}

/**
 * In /tmp only names with a leading dot are removed: engines use /tmp while the step runs, and ParallelCluster's
 * ami_cleanup.sh removes the rest. /etc/resolv.conf stays, because the engine still calls AWS.
 * Sources: aws/aws-parallelcluster-cookbook:cookbooks/aws-parallelcluster-platform/files/ami_cleanup.sh at v3.9.3,
 * awslabs/amazon-eks-ami:templates/al2023/provisioners/cleanup.sh, kubernetes-sigs/image-builder (role sysprep), and
 * canonical/cloud-init:cloudinit/cmd/clean.py. `cloud-init clean --machine-id` is not used: alinux2 does not have it.
 */
export const leftovers: readonly LeftoverRule[] = [
  {
    id: 'access',
    title: 'no host key, authorized key or AWS credential of the bake is left',
    because:
      'such a key gives access to every node of every cluster, and nodes with the same host key can impersonate each other',
    paths: ['/etc/ssh/ssh_host_*', '/root/.aws'],
    homes: [
      '.ssh/authorized_keys',
      '.ssh/authorized_keys2',
      '.aws/credentials',
      '.aws/sso',
      '.aws/cli/cache',
      '.aws/login',
    ],
  },
  {
    id: 'identity',
    title: 'no state of cloud-init, random seed, DHCP lease, host name or registration is left',
    because:
      'otherwise cloud-init skips its first-boot modules, and instances share random seeds, addresses or an identity',
    paths: [
      '/var/lib/cloud/@(instance|instances|data|sem)',
      '/var/lib/cloud/@(handlers|seed)/*',
      '/var/lib/cloud/scripts/per-@(boot|instance|once)/part-*',
      '/var/log/cloud-init@(|-output).log*',
      '/etc/hostname',
      '/var/lib/systemd/@(random-seed|credential.secret)',
      '/var/lib/urandom/random-seed',
      '/var/lib/dhclient/*',
      '/var/lib/dhcp/*.leases*',
      '/var/lib/dhcpcd/*.lease*',
      '/var/lib/NetworkManager/@(*.lease|secret_key)',
      '/etc/NetworkManager/system-connections/cloud-init-*',
      '/etc/netplan/50-cloud-init.yaml',
      '/etc/udev/rules.d/70-persistent-net.rules',
      // Only registrations: the SSM agent keeps the channels of a running Image Builder build in this folder.
      '/var/lib/amazon/ssm/Vault/Store/*',
      '/var/lib/amazon/ssm/*/registration',
    ],
    homes: [],
  },
  {
    id: 'traces',
    title: 'no shell history, log, mail, core dump, temporary file or swap file of the build is left',
    because:
      'they describe another machine, and may contain passwords, host names and contents of its memory',
    paths: [
      '/var/log/journal/*',
      '/var/log/*.@(log|gz)',
      '/var/log/*-[0-9]*',
      '/var/log/@(messages|secure|maillog|cron|spooler|dmesg|wtmp|btmp|lastlog)?(.[0-9]*)',
      '/var/log/syslog*',
      '/var/log/@(apt|audit)/*',
      '/var/log/amazon/ssm/*',
      '/var/@(mail|crash)/*',
      '/var/spool/mail/*',
      '/var/lib/systemd/coredump/*',
      '/core',
      '/core.[0-9]*',
      '/tmp/.!(|.|*-unix)',
      '/var/tmp/!(systemd-private-*)',
      '/var/tmp/.!(|.)',
      '/swapfile',
      '/swap.img',
    ],
    homes: [
      '.bash_history',
      '.sh_history',
      '.zsh_history',
      '.local/share/fish/fish_history',
      '.python_history',
      '.node_repl_history',
      '.sqlite_history',
      '.mysql_history',
      '.psql_history',
      '.lesshst',
      '.viminfo',
      '.wget-hsts',
    ],
  },
  {
    id: 'caches',
    title: 'package caches are empty',
    because: 'they go out of date and make the image larger',
    paths: [
      '/var/cache/@(yum|dnf)/*',
      '/var/cache/apt/*.bin',
      '/var/cache/apt/archives/*.deb',
      '/var/cache/apt/archives/partial/*',
      '/var/lib/apt/lists/*',
    ],
    homes: ['.cache/pip', '.cache/uv', '.cache/conda', '.cache/yarn', '.npm/_cacache', '.npm/_logs'],
  },
];
