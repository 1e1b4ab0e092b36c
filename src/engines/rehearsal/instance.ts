/**
 * Starts instances: like a rehearsal, but the root filesystem stays, commands can be run in it at any time, and its
 * layer can be saved at any time. The sandbox's EC2 uses it.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

import { execa } from 'execa';

import { BakeError } from '../../errors/bake-error.ts';
import { findOs } from '../../os/index.ts';
import type { Os } from '../../os/os.ts';
import { packagePath } from '../../util/package-path.ts';
import type { RehearsalTarget } from './contract.ts';
import { findIsolation, findOnPath, type Found } from './isolation.ts';
import { saveLayer } from './layer.ts';
import { enterSpace, searchPath, SpaceRefused, type Space } from './namespace.ts';
import { planSpace } from './plan.ts';
import { familyOfRootfs } from './rootfs.ts';

export interface InstanceRequest {
  target: RehearsalTarget;
  rootfs?: string | undefined;
  /** The layer to start from. */
  layer?: string | undefined;
  /** The layer is written to this path plus `.part` and then renamed, so it must be on the file system of the layers. */
  scratch: string;
  signal?: AbortSignal | undefined;
}

export interface Instance {
  /** The login user of the OS. */
  user: string;
  /** Runs a command as the login user or as root. Without a command line it runs a login shell. */
  run(command: InstanceCommand): RunningCommand;
  /** Ends all processes inside except process 1. */
  quiet(): Promise<void>;
  /** Writes the layer to a temporary file and renames it. @throws BakeError FOLDER_UNWRITABLE */
  save(file: string): Promise<void>;
  /** Ends all processes inside and waits until they have ended. */
  close(): Promise<void>;
  /** Resolves when all processes inside have ended, whatever the cause. */
  ended: Promise<void>;
}

export interface InstanceCommand {
  as: 'user' | 'root';
  /** The command line for `bash -c`. */
  line?: string | undefined;
  environment?: Readonly<Record<string, string>> | undefined;
  /** The terminal to run the command on; without it the command runs without a terminal. */
  terminal?: { type: string; columns: number; rows: number } | undefined;
}

export interface RunningCommand {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** The exit code, after all output has been received; like in a shell, 128 + its number for a signal. */
  exit: Promise<number>;
  kill(): void;
}

const PROGRAMS = ['sudo', 'scp', 'reboot', 'whether'];
/** Every bash inside reads this file before its script; see templates/rehearsal/bin/whether. */
const BASH_ENV = '/run/sandbox/bin/whether';
const PATH = `/run/sandbox/bin:${searchPath}`;
const LOGIN_ID = '1000';
/** The only capabilities that root has inside. enter.sh has the same list. */
const CAPABILITIES =
  '-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+setfcap,+audit_write';
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Returns why instances cannot run on this machine; undefined if they can. They need everything that a rehearsal needs,
 * and `nsenter`.
 */
export async function whyNoInstances(): Promise<string | undefined> {
  const found = await findIsolation();
  if (found.isolation === 'none') return found.why ?? 'namespaces are not available';
  return (await findOnPath('nsenter')) === undefined ? 'nsenter is not on this machine' : undefined;
}

/**
 * Starts an instance.
 * @throws BakeError OS_UNKNOWN, FILE_MISSING, LAYER_UNFIT, REHEARSAL_REFUSED; signal.reason when aborted
 */
export async function startInstance(request: InstanceRequest): Promise<Instance> {
  return startInstanceOn(request, await findIsolation());
}

/** Like `startInstance`, but with the isolation that the caller chooses, for tests of the weaker kinds. */
export async function startInstanceOn(request: InstanceRequest, found: Found): Promise<Instance> {
  const os = findOs(request.target.os);
  if (!os) throw new BakeError('OS_UNKNOWN', { os: request.target.os, known: [], near: undefined });
  const { isolation } = found;
  if (isolation === 'none')
    throw new BakeError('REHEARSAL_REFUSED', { reason: found.why ?? 'namespaces are not available' });
  const scratch = path.resolve(request.scratch);
  const { plan } = await planSpace(
    {
      ...request,
      save: scratch,
      scripts: [],
      programs: { ...(await readPrograms()), around: await aroundOf(request, os, isolation) },
    },
    os,
    { isolation, overlay: found.overlay },
  );
  try {
    const space = await enterSpace(plan, request.signal);
    return instanceIn(space, { isolation, user: os.user, scratch });
  } catch (error) {
    if (!(error instanceof SpaceRefused)) throw error;
    throw new BakeError('REHEARSAL_REFUSED', { reason: error.message }, { cause: error });
  }
}

/** The line about the machine that `whether` reads. */
async function aroundOf(
  { rootfs }: InstanceRequest,
  { family }: Os,
  isolation: 'root' | 'user',
): Promise<string> {
  const machine = await familyOfRootfs(rootfs === undefined ? undefined : path.resolve(rootfs));
  return `machine=${machine ?? 'unknown'} target=${family} isolation=${isolation}\n`;
}

async function readPrograms(): Promise<Record<string, string>> {
  const texts = PROGRAMS.map(async (name) => {
    const text = await fs.readFile(packagePath('templates', 'rehearsal', 'bin', name), 'utf8');
    return [name, text] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

interface Inside {
  isolation: 'root' | 'user';
  user: string;
  scratch: string;
}

function instanceIn(space: Space, inside: Inside): Instance {
  return {
    user: inside.user,
    run: (command) => start(space.pid, inside, command),
    quiet: () => space.quiet(),
    save: (file) => saveLayer(space, file, inside.scratch),
    close: async () => {
      await space.close();
      await fs.rm(`${inside.scratch}.part`, { force: true });
    },
    ended: space.ended,
  };
}

function start(pid: number, inside: Inside, command: InstanceCommand): RunningCommand {
  const child = execa('setpriv', chain(pid, inside, command), {
    cwd: '/',
    env: { PATH: searchPath, LC_ALL: 'C' },
    extendEnv: false,
    stdio: ['pipe', 'pipe', 'pipe'],
    buffer: false,
    encoding: 'buffer',
    reject: false,
    forceKillAfterDelay: false,
  });
  child.stdin.on('error', () => {}); // The program has closed its input. `exit` reports how it ended.
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exit: child.then((result) => result.exitCode ?? 137),
    kill: () => void child.kill('SIGKILL'),
  };
}

/**
 * The command that enters the namespaces. It starts in the root folder that process 1 had before its chroot, so every
 * program up to `chroot` is the machine's own and not one that the user of the instance has replaced. All
 * capabilities that are not in CAPABILITIES are dropped before the chroot.
 */
function chain(pid: number, { isolation, user }: Inside, command: InstanceCommand): string[] {
  const target = ['-t', String(pid), '-m', '-p', '-i', '-u', '-n', '-r', '-w'];
  if (isolation === 'user') target.push('-U', '--preserve-credentials');
  const asUser = isolation === 'root' && command.as === 'user';
  const chroot = asUser ? ['--userspec', `${LOGIN_ID}:${LOGIN_ID}`, '--groups', LOGIN_ID, '.'] : ['.'];
  return [
    '--pdeathsig',
    'KILL',
    '--',
    'nsenter',
    ...target,
    '--',
    'setpriv',
    '--bounding-set',
    CAPABILITIES,
    '--inh-caps',
    '-all',
    '--',
    'chroot',
    ...chroot,
    '/usr/bin/env',
    '-i',
    ...environment(command, command.as === 'user' ? user : 'root'),
    ...login(command),
  ];
}

function environment(command: InstanceCommand, user: string): string[] {
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const own = { HOME: home, USER: user, LOGNAME: user, SHELL: '/bin/bash', PATH, BASH_ENV, LANG: 'C.UTF-8' };
  const asked = Object.entries(command.environment ?? {}).filter(
    ([name]) => VARIABLE.test(name) && !(name in own),
  );
  const terminal = command.terminal ? { TERM: command.terminal.type } : {};
  return Object.entries({ ...Object.fromEntries(asked), ...own, ...terminal }).map(
    ([name, value]) => `${name}=${value}`,
  );
}

/**
 * Like sshd, runs the command in the home folder, with the login shell, on pipes of its own: Node's pipes are sockets, on
 * which `echo >/dev/stderr` fails. The `cat` that copies the input ends when the input ends.
 */
const AT_HOME =
  'cd "$HOME" 2>/dev/null || cd /; exec 4<&0; ' +
  // exec, because otherwise a process that the command leaves in the background inherits the other ends of the pipes,
  // and the session stays open.
  'exec < <(exec cat <&4) > >(exec cat 4<&-) 2> >(exec cat 4<&- >&2) 4<&-; "$@"';
/** `script` opens the terminal. If it is not installed, the command runs without a terminal. */
const ON_TERMINAL =
  'cd "$HOME" 2>/dev/null || cd /; type -P script >/dev/null || exec bash -c "$1"; ' +
  'exec script -qefc "stty $2; $1" /dev/null';

function login({ line, terminal }: InstanceCommand): string[] {
  if (terminal) {
    const size = `cols ${Math.trunc(terminal.columns)} rows ${Math.trunc(terminal.rows)}`;
    return ['/bin/bash', '--norc', '-c', ON_TERMINAL, 'login', line ?? 'exec bash -l', size];
  }
  const shell = line === undefined ? ['/bin/bash', '-l'] : ['/bin/bash', '-c', line];
  return ['/bin/bash', '--norc', '-c', AT_HOME, 'login', ...shell];
}
