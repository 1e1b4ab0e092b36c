/** Checks the syntax of a script with `bash -n`, which parses it without running it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { findOnPath } from './isolation.ts';
import type { Ran } from './namespace.ts';

/**
 * Accepts every script if bash is older than 4 (macOS has 3.2), because it rejects syntax that the bash of the images can
 * parse. --norc, because bash runs the user's .bashrc if its standard input is a socket (bash(1), INVOCATION).
 */
const PARSE_ONLY = 'if ((BASH_VERSINFO[0] < 4)); then exit 0; fi; exec "$BASH" --norc -n';

/** Returns exit code 0 if bash can parse the script, or if bash is not installed. */
export async function checkSyntaxHere(text: string, signal?: AbortSignal): Promise<Ran> {
  const bash = await findOnPath('bash');
  if (bash === undefined) return { exitCode: 0, output: '' };
  // Without execa, because every plan and every run calls this, and execa takes 15 ms more.
  const child = spawn(bash, ['--norc', '-c', PARSE_ONLY], {
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  if (child.pid === undefined) await refusal(child);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  // bash may end before it has read the whole script.
  child.stdin.on('error', () => {});
  child.stdin.end(text);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  // bash is not killed on an abort, because it ends within milliseconds.
  signal?.throwIfAborted();
  return { exitCode: exitCode ?? 1, output: output.replace(/\n$/, '') };
}

/** Without a process there are no pipes, only the error event. @throws the reason, such as EMFILE */
async function refusal(child: ChildProcess): Promise<never> {
  const [error] = (await once(child, 'error')) as [Error];
  throw error;
}
