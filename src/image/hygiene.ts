/** Owns the hygiene part: what must not be in an image that many machines start from. */
import type { Part } from './script.ts';

interface Leftover {
  id: string;
  title: string;
  because: string;
  /** Shell patterns of absolute paths. */
  paths: string[];
  /** Below the home of every user. */
  homes: string[];
}

/**
 * Step and rows both come from this table. /tmp is not in it: engines work there while the step runs.
 * Source: facts/hardening.md 7 (what ParallelCluster's ami_cleanup.sh, the EKS and the Kubernetes image builders remove).
 */
const LEFTOVERS: Leftover[] = [
  {
    id: 'keys',
    title: 'nobody can log in with a key of the bake',
    because: 'a key left behind opens every node of every cluster',
    paths: [],
    homes: ['.ssh/authorized_keys', '.ssh/authorized_keys2'],
  },
  {
    id: 'host-keys',
    title: 'no SSH host key is shared',
    because: 'nodes with one host key can be impersonated by each other',
    paths: ['/etc/ssh/ssh_host_*'],
    homes: [],
  },
  {
    id: 'history',
    title: 'no shell history',
    because: 'histories hold passwords and host names',
    paths: [],
    homes: [
      '.bash_history',
      '.zsh_history',
      '.python_history',
      '.mysql_history',
      '.psql_history',
      '.lesshst',
      '.viminfo',
      '.wget-hsts',
    ],
  },
  {
    id: 'cloud-init',
    title: 'cloud-init has never run',
    because: 'with the data of an instance in it, first-boot modules are skipped',
    paths: [
      '/var/lib/cloud/instance',
      '/var/lib/cloud/instances',
      '/var/lib/cloud/data',
      '/var/lib/cloud/sem',
      '/var/lib/cloud/seed/*',
      '/var/log/cloud-init.log*',
      '/var/log/cloud-init-output.log*',
    ],
    homes: [],
  },
  {
    id: 'identity',
    title: 'no seed, lease or registration of the build machine',
    because: 'instances would share random numbers, addresses or an identity',
    paths: [
      '/var/lib/systemd/random-seed',
      '/var/lib/systemd/credential.secret',
      '/var/lib/urandom/random-seed',
      '/var/lib/dhclient/*',
      '/var/lib/dhcp/*.leases*',
      '/var/lib/NetworkManager/*.lease',
      '/var/lib/NetworkManager/secret_key',
      '/etc/udev/rules.d/70-persistent-net.rules',
      // Only the registration: the agent that runs an Image Builder build keeps its channels in this folder.
      '/var/lib/amazon/ssm/Vault/Store/*',
    ],
    homes: [],
  },
  {
    id: 'credentials',
    title: 'no AWS credentials of the build',
    because: 'they would work for everybody who can start the image',
    paths: ['/root/.aws'],
    homes: ['.aws/credentials', '.aws/sso', '.aws/cli/cache'],
  },
  {
    id: 'caches',
    title: 'package caches are empty',
    because: 'they age, and make the image larger',
    paths: [
      '/var/cache/yum/*',
      '/var/cache/dnf/*',
      '/var/cache/apt/*.bin',
      '/var/cache/apt/archives/*.deb',
      '/var/cache/apt/archives/partial/*',
      '/var/lib/apt/lists/*',
    ],
    homes: [],
  },
  {
    id: 'logs',
    title: 'no logs and core dumps of the build',
    because: 'they speak of another machine, and may hold its secrets',
    paths: [
      '/var/log/journal/*',
      '/var/log/*.log',
      '/var/log/*.gz',
      '/var/log/*-[0-9]*',
      '/var/log/messages',
      '/var/log/secure',
      '/var/log/syslog*',
      '/var/log/apt/*',
      '/var/log/audit/*',
      '/var/log/amazon/ssm/*',
      '/var/crash/*',
      '/var/lib/systemd/coredump/*',
      '/core',
      '/core.[0-9]*',
    ],
    homes: [],
  },
];

export function hygienePart(): Part {
  const after = ['hygiene'];
  return {
    steps: [
      {
        id: 'hygiene',
        title: 'hygiene: identity, keys, histories, caches, logs',
        needs: {},
        template: 'hygiene',
        context: {
          paths: LEFTOVERS.flatMap(({ paths }) => paths.map((pattern) => ({ pattern }))),
          homes: LEFTOVERS.flatMap(({ homes }) => homes.map((name) => ({ name }))),
        },
      },
    ],
    rows: [
      {
        id: 'hygiene-machine-id',
        title: 'the machine-id is there and empty',
        because: 'instances with one machine-id share DHCP leases and journals',
        needs: { after },
        template: 'machine-id',
        context: {},
      },
      ...LEFTOVERS.map(({ id, title, because, paths, homes }) => ({
        id: `hygiene-${id}`,
        title,
        because,
        needs: { after },
        template: 'not-left',
        context: { paths: paths.map((pattern) => ({ pattern })), homes: homes.map((name) => ({ name })) },
      })),
    ],
  };
}
