/** Owns the rows that no recipe names: what ParallelCluster and a closed VPC need of every image, and what the user expects. */
import type { ImageInputs } from './inputs.ts';
import { slug, type RowDraft } from './script.ts';

/** What must be true of every image, whatever the recipe. */
export function standingRows(inputs: ImageInputs): RowDraft[] {
  return [
    bootstrappedRow(inputs),
    keptRow(inputs),
    virtualenvsRow(),
    sshdRow(),
    freeSpaceRow(),
    listeningRow(),
  ];
}

/** Source: aws-parallelcluster cli/src/pcluster/resources/compute_node/user_data.sh and its twins. */
function bootstrappedRow({ parallelcluster }: ImageInputs): RowDraft {
  return {
    id: 'parallelcluster-bootstrapped',
    title: `the image is one of ParallelCluster ${parallelcluster}`,
    because: 'a node compares this file with its cluster and refuses to boot where they differ',
    command: 'cat /opt/parallelcluster/.bootstrapped',
    expected: `aws-parallelcluster-cookbook-${parallelcluster}`,
    needs: {},
    template: 'bootstrapped',
    context: { version: `aws-parallelcluster-cookbook-${parallelcluster}` },
  };
}

/** Mounted over or replaced on a node: what lies there is not seen (facts/parallelcluster.md 9, trap 8). */
const COVERED = ['/home', '/opt/slurm', '/opt/intel', '/opt/parallelcluster/shared', '/tmp', '/var/tmp'];

/** Source: facts/parallelcluster.md 9; the ids are the attributes of aws-parallelcluster-cookbook. */
function keptRow(inputs: ImageInputs): RowDraft {
  return {
    id: 'parallelcluster-kept',
    title: 'what ParallelCluster left in the image is as it left it',
    because: 'without it, or with another in its place, nodes do not come up',
    command:
      'getent passwd 400 401 402 403; grep -s noexec /etc/fstab; grep -s ^SELINUX= /etc/selinux/config',
    expected: `its programs and users, /tmp that runs scripts, SELinux not enforcing, nothing of ours below ${COVERED.join(' ')}`,
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

/** The header names pyenv, so that a rehearsal without ParallelCluster says what it lacks; an image must have it. */
function virtualenvsRow(): RowDraft {
  return {
    id: 'parallelcluster-venvs',
    title: "ParallelCluster's Python environments start",
    because: 'every daemon and boot script of a node runs in one of them',
    command: `for python in ${PYENV}/versions/*/envs/*/bin/python; do $python -c 'import botocore'; done`,
    expected: 'each starts and imports what ParallelCluster needs of it',
    needs: { programs: [`${PYENV}/bin/pyenv`] },
    template: 'standing-venvs',
    context: { pyenv: PYENV },
  };
}

function sshdRow(): RowDraft {
  return {
    id: 'sshd-config',
    title: 'sshd accepts its configuration',
    because: 'a node that nobody can log in to cannot be repaired, and MPI starts over SSH',
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
    title: 'the root volume has room',
    because: 'a node that cannot write its logs does not join its cluster',
    command: 'df -Pm /',
    expected: `at least ${LEAST_MIB} MiB free, at most ${MOST_PERCENT} % used`,
    needs: {},
    template: 'standing-space',
    context: { least: LEAST_MIB, most: MOST_PERCENT },
  };
}

/**
 * Programs of the base images that answer the network, as the kernel names them (15 characters), and the ports that
 * systemd opens for them. Whatever listens on a loopback address is nobody else's.
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
    title: 'nothing new listens on the network',
    because: 'whatever a package started answers everybody in the VPC, on every node',
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

/** A program the command needs is part of what is expected: it is not among the row's needs. */
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
