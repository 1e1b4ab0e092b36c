/** Starts one set of namespaces, sends commands to enter.sh inside, reads its answers, and ends them. */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';

import { execa } from 'execa';

import { packagePath } from '../../util/package-path.ts';
import { collect, type Collector } from './output.ts';

/** The input of enter.sh, which builds the root filesystem. */
export interface SpacePlan {
  isolation: 'root' | 'user';
  overlay: boolean;
  rootfs?: string | undefined;
  whole?: boolean | undefined;
  stockRoots?: boolean | undefined;
  layer?: string | undefined;
  network?: string | undefined;
  /** The absolute path to which `save` writes the layer. */
  save?: string | undefined;
  probe?: boolean | undefined;
  /** Whether other processes enter the namespaces later. enter.sh then installs the programs of bin/ for them. */
  instance?: boolean | undefined;
  /** A tar: scripts/<n>, files/<n>/…, skeleton/…, plan/…, bin/…, meta/layer.json. */
  bundle: Buffer;
}

export interface Ran {
  exitCode: number;
  output: string;
}

export interface Space {
  /** The pid of process 1 of the namespaces, as seen from outside. */
  pid: number;
  /** Resolves when all processes inside have ended, whatever the cause. */
  ended: Promise<void>;
  /** Returns the programs that are not on PATH inside. */
  lacking(programs: readonly string[]): Promise<string[]>;
  /** Checks the syntax of scripts/<index> with `bash -n`. */
  check(index: number): Promise<Ran>;
  /** Copies the file of files/<index> inside. */
  place(index: number): Promise<Ran>;
  run(index: number, seconds: number, onLine: (line: string) => void): Promise<Ran>;
  /** Ends all processes inside except those of enter.sh. */
  quiet(): Promise<void>;
  /** Writes the layer as a tar to `save` of the plan. */
  save(): Promise<void>;
  /** Ends all processes inside and waits until they have ended. */
  close(): Promise<void>;
}

/** The namespaces could not be set up, or ended early. The message is the error of the program that failed. */
export class SpaceRefused extends Error {
  override readonly name = 'SpaceRefused';
}

/** The PATH on which programs are looked for. It does not depend on the PATH of bake itself. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A name to look for on PATH, or an absolute path. */
const PROGRAM = /^(?:\/(?:[A-Za-z0-9._+-]+\/)*)?[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/**
 * Starts the namespaces and builds the root filesystem in them. They end when this process ends, even if it is killed,
 * because each process of the chain is killed when its parent ends (docs/decisions/0004).
 * @throws SpaceRefused if the machine refuses; signal.reason when aborted
 */
export async function enterSpace(plan: SpacePlan, signal?: AbortSignal): Promise<Space> {
  signal?.throwIfAborted();
  const mark = randomBytes(24).toString('hex');
  const child = execa('setpriv', chain(plan), {
    cwd: '/',
    env: environment(plan),
    extendEnv: false,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    buffer: false,
    encoding: 'buffer',
    reject: false,
    forceKillAfterDelay: false,
  });
  const [commands, stdout, stderr, bundle, answers] = child.stdio as unknown as [
    Duplex,
    Readable,
    Readable,
    Duplex,
    Duplex,
  ];
  for (const stream of [commands, bundle]) stream.on('error', () => {}); // enter.sh has ended. `child` reports why.
  const abort = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });

  let errorText = '';
  stderr.on('data', (chunk: Buffer) => (errorText = (errorText + chunk.toString()).slice(-4096)));

  let waiting: { resolve(answer: string): void; reject(error: Error): void } | undefined;
  let ended: Error | undefined;
  const lines = createInterface({ input: answers });
  lines.on('line', (line) => waiting?.resolve(line));

  let collector: Collector | undefined;
  let collected: (() => void) | undefined;
  const early: Buffer[] = [];
  function receive(chunk: Buffer): void {
    const rest = collector ? collector.push(chunk) : chunk;
    if (rest === undefined) return;
    early.push(rest);
    if (collector) collected?.();
    collector = undefined;
  }
  stdout.on('data', receive);

  async function watch(): Promise<void> {
    const result = await child;
    signal?.removeEventListener('abort', abort);
    const last = errorText.trim().split('\n').at(-1) ?? '';
    ended = signal?.aborted
      ? toError(signal.reason)
      : new SpaceRefused(last || result.originalMessage || 'the namespaces ended early');
    waiting?.reject(ended);
  }
  const finished = watch();

  async function answer(): Promise<string> {
    if (ended) throw ended;
    const line = await new Promise<string>((resolve, reject) => (waiting = { resolve, reject }));
    waiting = undefined;
    if (line.startsWith('refused ')) throw new SpaceRefused(line.slice('refused '.length));
    return line;
  }

  async function ask(command: string): Promise<string> {
    commands.write(`${command}\n`);
    return answer();
  }

  async function execute(command: string, onLine: (line: string) => void): Promise<Ran> {
    const mine = collect(mark, onLine);
    const whole = new Promise<void>((resolve) => (collected = resolve));
    collector = mine;
    for (const chunk of early.splice(0)) receive(chunk);
    const line = await ask(command);
    await Promise.race([whole, finished]);
    return { exitCode: Number(line.replace('done ', '')), output: mine.text() };
  }

  async function close(): Promise<void> {
    commands.end();
    child.kill('SIGKILL');
    await finished;
  }

  bundle.end(plan.bundle);
  let pid = 0;
  try {
    pid = Number((await answer()).replace('ready ', ''));
  } catch (error) {
    await close();
    throw error;
  }
  commands.write(`mark ${mark}\n`);

  return {
    pid,
    ended: finished,
    async lacking(programs) {
      if (programs.length === 0) return [];
      // A text that is not a valid program name counts as missing, and is not sent to enter.sh.
      const names = programs.filter((name) => PROGRAM.test(name));
      const lacking = new Set((await ask(`lack ${names.join(' ')}`)).split(' ').slice(1));
      return programs.filter((name) => !PROGRAM.test(name) || lacking.has(name));
    },
    check: (index) => execute(`check ${index}`, () => {}),
    place: (index) => execute(`place ${index}`, () => {}),
    run: (index, seconds, onLine) => execute(`run ${index} ${seconds}`, onLine),
    async quiet() {
      await ask('quiet');
    },
    async save() {
      await ask('save');
    },
    close,
  };
}

/**
 * The commands of the process chain. The output of scripts goes through a real pipe, because Node's pipes are sockets, on
 * which `echo >/dev/stderr` fails.
 */
function chain(plan: SpacePlan): string[] {
  const diesWithParent = ['--pdeathsig', 'KILL', '--'];
  // --norc, because bash reads ~/.bashrc if its standard input is a socket (bash(1), INVOCATION).
  const relay = ['bash', '--norc', '-c', 'setpriv "$@" | cat', 'relay'];
  const enterNetwork = ['nsenter', `--net=/run/netns/${plan.network ?? ''}`, '--'];
  const unshare = ['unshare', '-m', '-p', '-i', '-u', '--fork', '--kill-child', '--propagation', 'private'];
  if (plan.isolation === 'user') unshare.push('-U', '-r');
  if (plan.network === undefined) unshare.push('-n');
  return [
    ...diesWithParent,
    ...relay,
    ...diesWithParent,
    ...(plan.network === undefined ? [] : enterNetwork),
    ...unshare,
    '--',
    'bash',
    packagePath('templates', 'rehearsal', 'enter.sh'),
  ];
}

function environment(plan: SpacePlan): Record<string, string> {
  const yes = (value: boolean | undefined) => (value === true ? 'yes' : 'no');
  return {
    PATH: searchPath,
    LC_ALL: 'C',
    BAKE_ISOLATION: plan.isolation,
    BAKE_OVERLAY: yes(plan.overlay),
    BAKE_ROOTFS: plan.rootfs ?? '',
    BAKE_WHOLE: yes(plan.whole),
    BAKE_TRUST: yes(plan.stockRoots),
    BAKE_LAYER: plan.layer ?? '',
    BAKE_NETWORK: plan.network ?? '',
    BAKE_SAVE: plan.save ?? '',
    BAKE_PROBE: yes(plan.probe),
    BAKE_INSTANCE: yes(plan.instance),
  };
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
