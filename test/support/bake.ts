/** Runs the bundle from a test: `node dist/bake.js …` in a folder, without the AWS configuration of this machine. */
import { spawn } from 'node:child_process';
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
  /** Sends SIGTERM when aborted. */
  stopped?: AbortSignal | undefined;
}

/** The path of the built bake.js. It throws if the build failed, so that no test passes with an old bundle. */
export function bakeBin(): string {
  const failure = inject('buildFailure');
  if (failure) throw new Error(`the bundle was not built:\n${failure}`);
  return fileURLToPath(new URL('../../dist/bake.js', import.meta.url));
}

/** Runs `bake …args` and waits for its end. */
export function bake(args: string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(process.execPath, [bakeBin(), ...args], {
    cwd: options.cwd ?? process.cwd(),
    // As installed users call it: otherwise hints would name the path of this checkout.
    env: { ...plainEnvironment(), BAKE_COMMAND: 'bake', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  options.killed?.addEventListener('abort', () => child.kill('SIGKILL'));
  options.stopped?.addEventListener('abort', () => child.kill('SIGTERM'));
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ ...output, exitCode, signal }));
  });
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
