/** Runs the bundle from a test: `node dist/bake.js …` in a folder, without the AWS configuration of this machine. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

export interface Ran {
  stdout: string;
  stderr: string;
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunOptions {
  cwd?: string | undefined;
  /** Variables in addition to a clean environment. */
  env?: Record<string, string> | undefined;
  input?: string | undefined;
  /** Sends SIGKILL when aborted. */
  killed?: AbortSignal | undefined;
}

/** The path of the built bake.js. It throws if the build failed, so that no test passes with an old bundle. */
export function bakeBin(): string {
  const failure = inject('buildFailure');
  if (failure) throw new Error(`the bundle was not built:\n${failure}`);
  return fileURLToPath(new URL('../../dist/bake.js', import.meta.url));
}

/** Runs `bake …args` and waits for its end. */
export function bake(args: string[], options: RunOptions = {}): Promise<Ran> {
  return startBake(args, options).ended;
}

/** A bake that runs while the test does something else. */
export interface RunningBake {
  pid: number;
  ended: Promise<Ran>;
  /** Waits until the condition is true. @throws Error with the output if bake ends before */
  until(condition: (said: Readonly<Pick<Ran, 'stdout' | 'stderr'>>) => boolean): Promise<void>;
}

export function startBake(args: string[], options: RunOptions = {}): RunningBake {
  const child = spawn(process.execPath, [bakeBin(), ...args], {
    cwd: options.cwd ?? process.cwd(),
    // As installed users call it: otherwise hints would name the path of this checkout.
    env: { ...plainEnvironment(), BAKE_COMMAND: 'bake', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  options.killed?.addEventListener('abort', () => child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  let isOver = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => {
      isOver = true;
      resolve({ ...output, exitCode, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    async until(condition) {
      while (!condition(output)) {
        if (isOver) throw new Error(`bake ended too early:\n${output.stdout}${output.stderr}`);
        await sleep(50);
      }
    },
  };
}

/** The environment of this process without credentials, endpoints, colours and CI variables. */
export function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_EXTRA_CA_CERTS'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
