/** Owns the table of what must not be in an image that many machines start from: the step and its rows come from it. */

export interface Leftover {
  id: string;
  title: string;
  because: string;
  /** Bash patterns (extglob, which knows no `/` in its lists) of absolute paths. */
  paths: readonly string[];
  /** Names below the home of every user. */
  homes: readonly string[];
}

/**
 * Of /tmp only names with a leading dot: engines work there while the step runs, and ParallelCluster's ami_cleanup.sh
 * takes the rest. /etc/resolv.conf stays: the engine still talks to AWS. Source: facts/hardening.md 7 (what
 * ami_cleanup.sh leaves; what the EKS and the Kubernetes image builders remove) and cloud-init's cmd/clean.py, done
 * by hand because the cloud-init of alinux2 has no `clean --machine-id`.
 */
export const leftovers: readonly Leftover[] = [
  {
    id: 'access',
    title: 'nobody gets in, or further, with a key of the bake',
    because:
      'a key left behind opens every node of every cluster; nodes with one host key can impersonate each other',
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
    title: 'cloud-init has never run, and no seed, lease, name or registration is there',
    because:
      'first-boot modules would be skipped, and instances share random numbers, addresses or an identity',
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
      // Only registrations: the agent that runs an Image Builder build keeps its channels in this folder.
      '/var/lib/amazon/ssm/Vault/Store/*',
      '/var/lib/amazon/ssm/*/registration',
    ],
    homes: [],
  },
  {
    id: 'traces',
    title: 'no history, log, mail, core dump, temporary file or swap of the build',
    because: 'they speak of another machine, and hold passwords, host names and what was in memory',
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
    because: 'they age, and make the image larger',
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
