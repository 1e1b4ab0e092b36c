/** Builds the rows that check whether an instance of the image would come up as a node of its kinds and release. */
import { nodeKinds } from '../../os/node-kinds.ts';
import type { ImageInputs } from '../inputs.ts';
import type { RowDraft } from '../script.ts';
import { modules } from './modules.ts';
import { type BootTarget, consequence, rulesFor } from './rule.ts';
import { cryptoPolicies, GROUPS, limits, LOGIN_UID, mounts, SUDO_USERS, sudoFlags } from './settings.ts';
import { blockers, units } from './units.ts';

export function bootRows({ os, parallelcluster, nodes = nodeKinds }: ImageInputs): RowDraft[] {
  const image = { os, parallelcluster, nodes };
  return [
    unitsRow(image),
    blockersRow(image),
    cloudInitRow(image),
    loginRow(image),
    sudoRow(image),
    modulesRow(image),
    mountsRow(image),
    accountsRow(image),
    sessionsRow(image),
  ];
}

/** `head and compute nodes of ParallelCluster 3.15.1`. */
function nodesOf({ nodes, parallelcluster }: BootTarget): string {
  return `${nodes.join(' and ')} nodes of ParallelCluster ${parallelcluster}`;
}

function unitsRow(image: BootTarget): RowDraft {
  const rules = rulesFor(units, image);
  const names = [...new Set(rules.flatMap((rule) => rule.units))];
  return {
    id: 'boot-units',
    title: `the units that ${nodesOf(image)} start can start`,
    because: 'a recipe that enables a masked unit fails, and the node is terminated',
    command: `systemctl is-enabled ${names.join(' ')}`,
    expected: 'none of them is masked, and cloud-init, sshd and the network are enabled',
    needs: { programs: ['systemctl'] },
    template: 'boot-units',
    context: {
      rules: grouped(
        rules.map((rule) => ({
          state: rule.state,
          because: consequence(rule, image),
          names: rule.units.join('|'),
        })),
      ).map(({ state, because, names: list }) => ({ state, because, units: list })),
    },
  };
}

/** Joins the names of rules that are otherwise the same: the size of an Image Builder component is limited. */
function grouped<R extends { names: string }>(rules: readonly R[]): R[] {
  const groups = new Map<string, R>();
  for (const rule of rules) {
    const key = JSON.stringify({ ...rule, names: '' });
    const known = groups.get(key);
    groups.set(key, { ...rule, names: known ? `${known.names} ${rule.names}` : rule.names });
  }
  return [...groups.values()];
}

function blockersRow(image: BootTarget): RowDraft {
  const rules = rulesFor(blockers, image);
  return {
    id: 'boot-blockers',
    title: `no service cuts off ${nodesOf(image)}`,
    because:
      'a firewall that does not know Slurm and NFS, or a list of allowed programs, stops a node that booted',
    command: `systemctl is-enabled ${rules.map(({ unit }) => unit).join(' ')}`,
    expected: 'none is enabled, or its settings admit Slurm and NFS',
    needs: { programs: ['systemctl'] },
    template: 'boot-blockers',
    context: {
      rules: rules.map((rule) => ({
        unit: rule.unit,
        files: rule.files.join(' '),
        blocks: rule.blocks ?? '',
        allows: rule.allows,
        because: consequence(rule, image),
      })),
    },
  };
}

/** Sources: canonical/cloud-init:systemd/cloud-init-generator.tmpl, tools/ds-identify, cloudinit/config at 24.4. */
function cloudInitRow(image: BootTarget): RowDraft {
  return {
    id: 'boot-cloud-init',
    title: `cloud-init runs the user data of ${nodesOf(image)}`,
    because: 'ParallelCluster makes a node of an instance by user data only',
    command: 'ls /etc/cloud/cloud-init.disabled; cloud-init query --all | grep -E "datasource_list|_modules"',
    expected: 'cloud-init is on, reads Ec2, creates the login user, and runs boothooks, files and scripts',
    needs: {},
    template: 'boot-cloud-init',
    context: { user: image.os.user },
  };
}

function loginRow({ os, nodes }: BootTarget): RowDraft {
  return {
    id: 'boot-login',
    title: `sshd admits ${os.user}`,
    because: `nobody can log in as ${os.user}, MPI starts its processes by SSH, and so do tools on ${nodes.join(' and ')} nodes`,
    command: `sshd -T -C user=${os.user},host=localhost,addr=10.0.0.1`,
    expected: `port 22, keys from ~/.ssh/authorized_keys, and rules that admit ${os.user}`,
    needs: { programs: ['sshd', 'ssh-keygen'] },
    template: 'boot-login',
    context: { user: os.user },
  };
}

function sudoRow(image: BootTarget): RowDraft {
  const rules = rulesFor(sudoFlags, image);
  return {
    id: 'boot-sudo',
    title: `the daemons of ${nodesOf(image)} can use sudo`,
    because: 'Slurm starts and stops nodes through sudo, without a terminal and without a password',
    command: 'visudo -c; grep -r Defaults /etc/sudoers /etc/sudoers.d',
    expected: `valid rules that include /etc/sudoers.d, without ${rules.map(({ flag }) => flag).join(', ')} for ${SUDO_USERS.join(', ')}, root`,
    needs: { programs: ['sudo', 'visudo'], root: true },
    template: 'boot-sudo',
    context: {
      users: [...SUDO_USERS, 'root'].join(' '),
      rules: rules.map((rule) => ({ flag: rule.flag, because: consequence(rule, image) })),
    },
  };
}

function modulesRow(image: BootTarget): RowDraft {
  const rules = rulesFor(modules, image);
  return {
    id: 'boot-modules',
    title: `the kernel modules of ${nodesOf(image)} may be loaded`,
    because: 'a node without its network, its file systems or EFA is replaced again and again',
    command: 'modprobe -c | grep -E "^(install|blacklist)"; modprobe -n -v lustre',
    expected: 'no install command in place of a module, no blacklist, no kernel option against modules',
    needs: { programs: ['modprobe'] },
    template: 'boot-modules',
    context: {
      rules: rules.map((rule) => ({ modules: rule.modules.join(' '), because: consequence(rule, image) })),
    },
  };
}

function mountsRow(image: BootTarget): RowDraft {
  const rules = rulesFor(mounts, image);
  return {
    id: 'boot-mounts',
    title: `the mount options suit ${nodesOf(image)}`,
    because: 'a node whose scripts may not run ends its own boot',
    command: 'grep -E "noexec|nosuid" /etc/fstab /etc/systemd/system/*.mount',
    expected: [...new Set(rules.map(({ where, option }) => `${where} without ${option}`))].join(', '),
    needs: {},
    template: 'boot-mounts',
    context: {
      rules: grouped(
        rules.map((rule) => ({
          names: rule.where,
          option: rule.option,
          because: consequence(rule, image),
        })),
      ).map(({ names, option, because }) => ({ where: names, option, because })),
    },
  };
}

function accountsRow(image: BootTarget): RowDraft {
  const { os, nodes } = image;
  const rules = rulesFor(cryptoPolicies, image);
  return {
    id: 'boot-accounts',
    title: `accounts, shells, ids and the crypto policy suit ${nodesOf(image)}`,
    because: 'nodes share /home and keys over NFS by numbers, and recipes make keys and run login shells',
    command: `getent passwd root ${os.user}; getent group 400 401 402 403 405; chage -l ${os.user}; update-crypto-policies --show`,
    expected: `${os.user} has uid ${LOGIN_UID} and a shell, no account has expired, the policy is not ${rules.map(({ policy }) => policy).join(', ')}`,
    needs: {},
    template: 'boot-accounts',
    context: {
      user: os.user,
      uid: LOGIN_UID,
      groups: GROUPS,
      // slurm/recipes/update/update_head_node.rb: `sudo -i scontrol`.
      shells: [os.user, ...(nodes.includes('head') ? ['root'] : [])].map((name) => ({ name })),
      accounts: [os.user, ...SUDO_USERS, 'munge'].map((name) => ({ name })),
      policies: rules.map((rule) => ({ policy: rule.policy, because: consequence(rule, image) })),
    },
  };
}

/** The groups that share files are in aws/aws-parallelcluster-cookbook: slurm/recipes/install/slurm_users.rb at v3.11.1. */
function sessionsRow(image: BootTarget): RowDraft {
  return {
    id: 'boot-sessions',
    title: `umask and limits of sessions suit ${nodesOf(image)}`,
    because:
      "files that root writes must be readable for ParallelCluster's users, at least through their groups",
    command: 'grep -ri umask /etc/profile /etc/profile.d /etc/login.defs; cat /etc/security/limits.d/*',
    expected: `no umask such as 077, ${limits.map(({ item, least }) => `${item} at least ${least}`).join(', ')}`,
    needs: {},
    template: 'boot-sessions',
    context: {
      limits,
      users: [image.os.user, ...SUDO_USERS, 'root'].join(' '),
    },
  };
}
