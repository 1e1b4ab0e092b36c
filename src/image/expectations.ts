/** Builds the rows that every image gets, whatever its recipe, and the rows for the user's own `expect` entries. */
import { bootRows } from './boot/rows.ts';
import type { ImageInputs } from './inputs.ts';
import { slug, type RowDraft } from './script.ts';

/** What ParallelCluster and a closed VPC need of every image. */
export function baselineRows(inputs: ImageInputs): RowDraft[] {
  return [
    bootstrappedRow(inputs),
    keptRow(inputs),
    virtualenvsRow(),
    sshdRow(),
    freeSpaceRow(),
    listeningRow(),
    ...bootRows(inputs),
  ];
}

/** Source: aws/aws-parallelcluster:cli/src/pcluster/resources/{compute,head,login}_node/user_data.sh at v3.9.3. */
function bootstrappedRow({ parallelcluster }: ImageInputs): RowDraft {
  return {
    id: 'parallelcluster-bootstrapped',
    title: `the image is built for ParallelCluster ${parallelcluster}`,
    because: 'a node compares this file with the version of its cluster and refuses to boot if they differ',
    command: 'cat /opt/parallelcluster/.bootstrapped',
    expected: `aws-parallelcluster-cookbook-${parallelcluster}`,
    needs: {},
    template: 'bootstrapped',
    context: { version: `aws-parallelcluster-cookbook-${parallelcluster}` },
  };
}

/**
 * A node mounts a shared file system over these folders, or empties them, so files of the image are hidden or lost
 * there. Source: aws/aws-parallelcluster-cookbook at v3.9.3: cookbooks/aws-parallelcluster-environment/recipes/config
 * (mount_home.rb, mount_intel_dir.rb and others) and cookbooks/aws-parallelcluster-platform/files/ami_cleanup.sh.
 */
const COVERED = ['/home', '/opt/slurm', '/opt/intel', '/opt/parallelcluster/shared', '/tmp', '/var/tmp'];

/**
 * Source of the user ids: aws/aws-parallelcluster-cookbook at v3.9.3:
 * cookbooks/aws-parallelcluster-shared/attributes/users.rb and
 * cookbooks/aws-parallelcluster-platform/attributes/platform.rb.
 */
function keptRow(inputs: ImageInputs): RowDraft {
  return {
    id: 'parallelcluster-kept',
    title: "ParallelCluster's own files, users and settings are unchanged",
    because: 'nodes do not boot if one of them is missing or replaced',
    command: 'getent passwd 400 401 402 403; grep -s ^SELINUX= /etc/selinux/config',
    expected: `its programs and users, SELinux not enforcing, no file of this recipe below ${COVERED.join(' ')}`,
    needs: {},
    template: 'standing-kept',
    context: {
      files: ['/opt/cinc', '/etc/parallelcluster', '/usr/local/sbin/ami_cleanup.sh'].map((path) => ({
        path,
      })),
      users: [
        { name: 'pcluster-admin', id: '400' },
        { name: 'slurm', id: '401' },
        { name: 'munge', id: '402' },
        { name: 'dcvextauth', id: '403' },
      ],
      covered: coveredPaths(inputs).map((path) => ({ path })),
    },
  };
}

function coveredPaths({ assets, recipe }: ImageInputs): string[] {
  const installed = recipe
    .flatMap((step) => ('packages' in step ? step.packages.install : []))
    .flatMap((one) => ('creates' in one ? [one.creates] : []));
  return [...assets.map(({ path }) => path), ...installed].filter((path) =>
    COVERED.some((folder) => path === folder || path.startsWith(`${folder}/`)),
  );
}

const PYENV = '/opt/parallelcluster/pyenv';

/**
 * The header names pyenv, so that a rehearsal without ParallelCluster skips the row and says why. An image must have
 * it.
 */
function virtualenvsRow(): RowDraft {
  return {
    id: 'parallelcluster-venvs',
    title: "ParallelCluster's Python environments start",
    because: "ParallelCluster's daemons and boot scripts run in them on every node",
    command: `for python in ${PYENV}/versions/*/envs/*/bin/python; do $python -c 'import botocore'; done`,
    expected: 'each starts and imports the modules that ParallelCluster needs',
    needs: { programs: [`${PYENV}/bin/pyenv`] },
    template: 'standing-venvs',
    context: { pyenv: PYENV },
  };
}

function sshdRow(): RowDraft {
  return {
    id: 'sshd-config',
    title: 'sshd accepts its configuration',
    because: 'without SSH, nobody can log in to repair a node, and MPI cannot start processes on it',
    command: 'sshd -t',
    expected: 'exit status 0',
    needs: { programs: ['sshd', 'ssh-keygen'] },
    template: 'standing-sshd',
    context: {},
  };
}

const LEAST_MIB = 1024;
const MOST_PERCENT = 95;

function freeSpaceRow(): RowDraft {
  return {
    id: 'free-space',
    title: 'the root volume has free space',
    because: 'a node that cannot write its logs does not join its cluster',
    command: 'df -Pm /',
    expected: `at least ${LEAST_MIB} MiB free, at most ${MOST_PERCENT} % used`,
    needs: {},
    template: 'standing-space',
    context: { least: LEAST_MIB, most: MOST_PERCENT },
  };
}

/**
 * Programs of the base images that listen on the network, by their kernel names (15 characters), and the ports that
 * systemd opens for them. Listeners on a loopback address are allowed: other machines cannot reach them.
 */
const LISTENERS = {
  programs: [
    'sshd',
    'rpcbind',
    'rpc.statd',
    'chronyd',
    'ntpd',
    'dhclient',
    'dhcpcd',
    'NetworkManager',
    'systemd-network',
    'systemd-resolve',
  ],
  ports: ['tcp/22', 'tcp/111', 'udp/68', 'udp/111', 'udp/123', 'udp/323', 'udp/546'],
};

function listeningRow(): RowDraft {
  return {
    id: 'nothing-listening',
    title: 'no unexpected program listens on the network',
    because: 'a service that a package started would accept connections from the whole VPC, on every node',
    command: 'ss -lntup',
    expected: `only ${LISTENERS.programs.join(', ')}, or on a loopback address`,
    needs: {},
    template: 'standing-listening',
    context: {
      programs: LISTENERS.programs.map((name) => ({ name })),
      ports: LISTENERS.ports.map((port) => ({ port })),
    },
  };
}

/** The row does not list the programs that the command uses among its needs: the image is expected to have them. */
export function expectationRows({ expect }: ImageInputs): RowDraft[] {
  return expect.map(({ id, command, because }, index) => ({
    id: `expect-${id === undefined ? index + 1 : slug(id)}`,
    title: command.split('\n')[0] ?? command,
    because,
    command,
    expected: 'exit status 0',
    needs: {},
    template: 'expect',
    context: { command },
  }));
}
